// Waiting for an operation: progress on stderr, the result as the answer. Runs on the caller's
// thread.
#pragma once

#include "cli/session.hpp"
#include "cli/terminal/table.hpp"
#include "model/record.hpp"

#include <string>
#include <vector>

namespace reeve::cli {

/// `started` is a 202's answer, {"operation": …}. Waits for its end; without `waits` says how to
/// look at it later. The answer has failed unless every target is good. Ctrl-C ends the waiting and
/// not the operation.
Result<Answer> follow_operation(Session& session, json::Value started, bool waits);

/// One operation with its targets.
Answer operation_answer(const Session& session, json::Value json,
                        const model::Operation& operation);

/// "push service/pay: 3 of 10 done, 1 failed"
std::string progress_text(const model::Operation& operation);

Result<model::Operation> read_operation(const json::Value& answer);

}  // namespace reeve::cli
