#include "manager/api/operation_document.hpp"

#include "base/utf8.hpp"
#include "store/catalog/keys.hpp"
#include "store/catalog/packed.hpp"
#include "store/limits.hpp"

#include <utility>

namespace reeve::manager::api {
namespace {

using model::OperationState;

constexpr std::size_t kKept = 1000;
constexpr std::size_t kRemovedAtOnce = 8;
constexpr std::size_t kMostError = 300;

store::Bytes stored(const model::Operation& operation) {
  auto packed = store::pack(json::encode_text(operation));
  if (packed && (*packed)->size() <= store::Limits::value) return *packed;
  auto shorter = operation;
  for (auto& result : shorter.results) result.error.reset();
  return store::bytes(json::encode_text(shorter));
}

}  // namespace

store::Write write_of(const model::Operation& operation) {
  return {store::keys::operation(operation.uid), stored(operation)};
}

void set_result(model::Operation& operation, std::size_t at, OperationState state,
                std::optional<std::string> error) {
  if (error) *error = utf8::cut(*error, kMostError);
  auto& result = operation.results[at];
  result.state = state;
  result.error = std::move(error);
  if (state == OperationState::done) ++operation.done;
  if (state == OperationState::failed) ++operation.failed;
}

model::Operation cancelled(model::Operation operation, WallTime now) {
  for (auto& result : operation.results)
    if (result.state == OperationState::running) result.state = OperationState::cancelled;
  operation.state = OperationState::cancelled;
  operation.ended = now;
  return operation;
}

std::vector<store::Write> removals_of_oldest(
    const store::Snapshot& snapshot, const std::function<bool(const std::string& uid)>& runs) {
  std::vector<store::Write> removals;
  auto count = snapshot.operations.size();
  for (const auto& [uid, record] : snapshot.operations) {
    if (count + 1 <= kKept || removals.size() == kRemovedAtOnce) break;
    if (runs(uid)) continue;
    removals.push_back({store::keys::operation(uid), nullptr});
    --count;
  }
  return removals;
}

}  // namespace reeve::manager::api
