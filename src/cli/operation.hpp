// Waiting for an operation: progress on stderr where that is a terminal, the result as the answer.
// Runs on the caller's thread.
#pragma once

#include "cli/session.hpp"
#include "model/record.hpp"

namespace reeve::cli {

/// `started` is a 202's answer, {"operation": …}. Waits for its end; without `waits` says how to
/// look at it later. The answer has failed unless every target is good.
Result<Answer> follow_operation(Session& session, json::Value started, bool waits);

/// One operation with its targets.
Answer operation_answer(const Session& session, json::Value json,
                        const model::Operation& operation);

}  // namespace reeve::cli
