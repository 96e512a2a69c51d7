// A manager in hold, as `reeve status` shows it: what nodes have beside what they would be pushed,
// and who may be in that should not. One thread.
#pragma once

#include "cli/session.hpp"

#include <string>

namespace reeve::cli {

/// Asks the manager, adds it to the JSON of the status as "hold", and answers the text for people;
/// "" if the hold has ended.
Result<std::string> show_hold(const Session& session, Client& client, json::Value& status);

}  // namespace reeve::cli
