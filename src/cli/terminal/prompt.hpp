// Questions to the person at the terminal, on /dev/tty whatever stdin and stdout lead to. Blocking.
#pragma once

#include "base/result.hpp"

#include <filesystem>
#include <string>

namespace reeve::cli {

/// Whether there is somebody to ask: stdin and stderr are terminals.
bool can_ask();

/// One line, without its end. What is secret is not shown while it is typed.
enum class Echo { shown, hidden };
Result<std::string> ask(const std::string& question, Echo echo);

/// Whether the answer is yes; anything but "y" and "yes" is no.
Result<bool> confirm(const std::string& question);

/// The first line of the file, which must not be empty.
Result<std::string> read_passphrase_file(const std::filesystem::path& file);

/// Asked for twice; "" if the person wants none.
Result<std::string> ask_new_passphrase();

}  // namespace reeve::cli
