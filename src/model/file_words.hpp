// What people write about files: paths and octal permissions. Pure; any thread.
#pragma once

#include "json/path.hpp"

#include <string>
#include <string_view>

namespace reeve::model {

/// Three octal digits, with or without a zero before them.
bool is_octal_mode(std::string_view text);

/// Notes a fault unless the path is absolute, without ".." and zero bytes.
void check_absolute_path(const std::string& text, json::Faults& faults, const json::Path& path);

}  // namespace reeve::model
