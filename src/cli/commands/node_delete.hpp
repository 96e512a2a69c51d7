// `reeve node delete`: says what is taken from the node and who is waited for, and afterwards what
// stayed unconfirmed.
#pragma once

#include "cli/commands/deletion.hpp"

namespace reeve::cli {

Result<Answer> delete_node(Session& session, const Deletion& given);

}  // namespace reeve::cli
