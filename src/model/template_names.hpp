// Which names a template of an output may use, so that a mistyped one is refused when it is sent:
// what no list has is an empty text on the node. Asked of what comes in alone; what is stored stays
// good. Pure; any thread.
#pragma once

#include "model/subscription.hpp"

#include <optional>
#include <string>
#include <vector>

namespace reeve::model {

/// The first tag of a good template that is always empty where it stands, and what may stand there.
std::optional<std::string> unknown_tag(const std::string& text);

/// For each of the outputs, at their place in the document.
void check_template_names(const std::vector<Output>& outputs, json::Faults& faults,
                          const json::Path& path);

}  // namespace reeve::model
