// Questions to the person at the terminal, on /dev/tty whatever stdin and stdout lead to. Blocking.
#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"

#include <filesystem>
#include <string>

namespace reeve::cli {

/// Whether there is somebody to ask: stdin and stderr are terminals.
bool can_ask();

/// One line, without its end.
Result<std::string> ask(const std::string& question);
/// As ask(), not shown while it is typed. Whatever ends the process meanwhile (Ctrl-C), the
/// terminal shows again what is typed.
Result<Secret> ask_hidden(const std::string& question);

/// Whether the answer is yes; anything but "y" and "yes" is no.
Result<bool> confirm(const std::string& question);

/// The first line of the file, which must not be empty.
Result<Secret> read_passphrase_file(const std::filesystem::path& file);

/// Asked for twice; "" if the person wants none.
Result<Secret> ask_new_passphrase();

}  // namespace reeve::cli
