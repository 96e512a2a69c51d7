// What the process was given beside its arguments: environment variables, and the folders that
// follow from who runs it. Read at start-up, before there are threads.
#pragma once

#include "base/result.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace reeve::cli {

/// The variable's text; nothing if it is not set or empty.
std::optional<std::string> environment(const char* name);

/// /var/lib/reeve for root, else ~/.local/share/reeve; REEVE_DATA goes before both.
Result<std::filesystem::path> default_data_folder();

/// The folder that was asked for, else the default one; absolute.
Result<std::filesystem::path> data_folder(const std::optional<std::string>& asked);

/// Where an agent on that data folder has its socket: in it, or, where that path is longer than a
/// socket's may be, under a short name in the folder for run-time files.
Result<std::filesystem::path> agent_socket(const std::filesystem::path& data);

/// The same of `reeve agent`: the one that root installed has its socket at /run/reeve/agent.sock.
Result<std::filesystem::path> installed_agent_socket(const std::filesystem::path& data);

/// All of a small file. `not_found` if it is not there.
Result<std::string> read_file(const std::filesystem::path& path);

/// What a person types to run this program again, so that printed commands work as printed.
std::string invocation(const char* argv0);

}  // namespace reeve::cli
