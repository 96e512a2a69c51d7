// A spec on disk: there whole or not at all after a kill. A reboot needs none, so nothing is
// flushed. Blocking.
#pragma once

#include "keeper/outcome.hpp"

#include <string>
#include <string_view>

namespace reeve::keeper {

Outcome<> write_spec(const std::string& file, std::string_view bytes);
Outcome<std::string> read_spec(const std::string& file);

/// All bytes of an open file of at most `most`, from its beginning.
Outcome<std::string> read_all(int fd, std::size_t most);

/// A memfd with these bytes; with `inherit` it stays open over exec.
Outcome<int> make_memfd(const char* name, std::string_view bytes, bool inherit);

}  // namespace reeve::keeper
