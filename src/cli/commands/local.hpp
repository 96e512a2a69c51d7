// What --local shows: the word of this machine's agent, from its own copy, with or without a
// manager in sight. Used by the commands of the nouns that an agent knows.
#pragma once

#include "cli/session.hpp"

#include <optional>
#include <string>

namespace reeve::cli {

/// How an agent stands: what it answers at `path` itself, or the manager for it.
Result<Answer> show_agent_status(Session& session, const std::string& path);
Result<Answer> show_local_status(Session& session);
Result<Answer> list_local_services(Session& session, const std::optional<std::string>& search);
Result<Answer> show_local_service(Session& session, const std::string& name);

}  // namespace reeve::cli
