// Options that the roles have in common. Plain values, bound to arguments by the commands.
#pragma once

#include "cli/command.hpp"
#include "cli/roles/configuration.hpp"
#include "cli/session.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace reeve::cli {

struct RoleOptions {
  std::optional<std::string> data;
  std::optional<std::string> config;
  std::optional<std::string> listen;
  std::optional<std::string> link_listen;
  std::optional<std::string> local_http;
  std::optional<std::string> local_socket;
  std::vector<std::string> managers;
  std::vector<std::string> advertise;
  std::vector<std::string> publish_roots;
  std::vector<std::string> allowed_hooks;
  std::optional<std::string> log_format;
  bool is_quiet = false;

  /// The part of them that stands for what a configuration file says.
  Configuration flags() const;
};

// Options of several roles, in the order of their help.
/// --data
Command& with_data(Command& command, RoleOptions& options);
/// --publish-root and --allow-hook
Command& with_publishing(Command& command, RoleOptions& options);
/// --config and --log-format
Command& with_configuration(Command& command, RoleOptions& options);

/// Made with its parents if it is not there; absolute.
Result<std::filesystem::path> prepare_data_folder(const std::optional<std::string>& asked);

/// The lists' folders of an agent: those of the configuration, else <data>/lists, and beside them
/// those of the flags.
std::vector<std::string> publish_roots(const std::filesystem::path& data,
                                       const std::optional<std::vector<std::string>>& configured,
                                       const std::vector<std::string>& flags);

/// The programs that an agent may run: those of the configuration, and beside them those of the
/// flags, each a command line of words with single spaces between.
Result<std::vector<agent::HookRule>> hook_rules(
    const std::optional<std::vector<agent::HookRule>>& configured,
    const std::vector<std::string>& flags);

/// Whether the options' addresses can be understood; those of files and variables come later.
Result<> check_addresses(const RoleOptions& options);

/// The error of a role's start; where a port is taken, with what to do about it.
Error with_port_hint(Error error, std::string_view hint);

/// Sets up the log of a role: from `info` on, or warnings alone.
Result<> set_up_log(const RoleOptions& options);

}  // namespace reeve::cli
