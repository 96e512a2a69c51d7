// Deleting what others may use: shared by the nouns whose deletion can be refused for that.
#pragma once

#include "cli/session.hpp"

#include <string>
#include <string_view>

namespace reeve::cli {

struct Deletion {
  std::string name;
  bool cascade = false;
  bool dry_run = false;
  bool force = false;  // where the command has it
};

/// Adds the argument and the options; `users` are those that --cascade takes it away from.
void add_deletion_options(Command& command, const std::shared_ptr<Deletion>& given,
                          std::string argument, std::string_view users);

/// DELETE, or with --dry-run what it would do. `kind` is "service": its path is /services/NAME.
Result<json::Value> ask_to_delete(Client& client, std::string_view kind, const Deletion& given);

/// The same, in words.
Result<Answer> delete_object(Session& session, std::string_view kind, const Deletion& given);

}  // namespace reeve::cli
