#include "manager/api/pushes.hpp"

#include "base/duration.hpp"
#include "base/log.hpp"
#include "base/quote.hpp"
#include "manager/uid.hpp"
#include "model/name.hpp"
#include "store/catalog/keys.hpp"

#include <algorithm>

namespace reeve::manager::api {
namespace {

using model::OperationState;

constexpr std::string_view kService = "service/";

// A document keeps within the store's limit: of very many results the good ones go first.
std::string stored_text(const model::Operation& operation) {
  constexpr std::size_t kMost = store::Limits::value - 1024;
  auto text = json::encode_text(operation);
  if (text.size() <= kMost) return text;
  auto shorter = operation;
  std::erase_if(shorter.results, [](const auto& r) { return r.state == OperationState::done; });
  auto most = std::min<std::size_t>(shorter.results.size(), 1000);
  shorter.results.resize(most);
  return json::encode_text(shorter);
}

store::Write write_of(const model::Operation& operation) {
  return {store::keys::operation(operation.uid), store::bytes(stored_text(operation))};
}

void set_result(model::Operation& operation, std::size_t at, OperationState state,
                std::optional<std::string> error) {
  constexpr std::size_t kMostError = 300;
  if (error && error->size() > kMostError) error->resize(kMostError);
  auto& result = operation.results[at];
  result.state = state;
  result.error = std::move(error);
  if (state == OperationState::done) ++operation.done;
  if (state == OperationState::failed) ++operation.failed;
}

}  // namespace

Pushes::Pushes(async::Loop& domain, const sys::Clock& clock, store::Store& store,
               store::Catalog& catalog, Fleet& fleet, Editor& editor)
    : domain_(domain),
      clock_(clock),
      store_(store),
      catalog_(catalog),
      fleet_(fleet),
      editor_(editor),
      tasks_(domain, "pushes") {
  fleet_.on_change([this](const Fleet::Change& change) { on_fleet_change(change); });
}

Pushes::PushPtr Pushes::make(model::Operation operation, const store::ServiceEntry* service) const {
  auto push = std::make_shared<Push>(domain_);
  push->operation = std::move(operation);
  auto now = clock_.now();
  push->deadline = now + kDeadline;
  push->grace_end = now + kGrace;
  push->next_save = now + kSavePause;
  if (!service) return push;
  push->service_uid = service->head().uid;
  push->version = service->version();
  auto snapshot = catalog_.snapshot();
  for (std::size_t i = 0; i < push->operation.results.size(); ++i) {
    const auto& result = push->operation.results[i];
    const auto* node = snapshot->nodes.find(model::fold(result.target));
    if (node && result.state == OperationState::running) push->by_node[(*node)->value.uid] = i;
  }
  return push;
}

void Pushes::resume() {
  auto snapshot = catalog_.snapshot();
  for (const auto& [uid, document] : snapshot->operations) {
    const auto& operation = document->value;
    if (operation.state != OperationState::running) continue;
    auto name = operation.object.starts_with(kService) ? operation.object.substr(kService.size())
                                                       : operation.object;
    const auto* service = snapshot->services.find(model::fold(name));
    auto push = make(operation, service ? service->get() : nullptr);
    for (std::size_t i = 0; !service && i < operation.results.size(); ++i)
      if (operation.results[i].state == OperationState::running)
        set_result(push->operation, i, OperationState::failed, "the service was removed");
    begin(push);
  }
}

Task<Result<model::Operation>> Pushes::start(Actor actor,
                                             std::shared_ptr<const store::ServiceEntry> service,
                                             std::vector<std::string> targets) {
  model::Operation operation;
  operation.started = clock_.wall();
  operation.uid = new_uid(operation.started);
  operation.kind = "push";
  operation.object = std::string(kService) + service->head().name;
  operation.total = static_cast<std::uint32_t>(targets.size());
  operation.by = actor.who;
  operation.request_id = actor.request_id;
  for (auto& target : targets)
    operation.results.push_back({std::move(target), OperationState::running, std::nullopt});

  auto push = make(std::move(operation), service.get());
  look(*push, false);
  finish_if_over(*push);
  Edit edit;
  edit.action = "service.push";
  edit.object = push->operation.object;
  edit.after = json::Object{{"operation", push->operation.uid},
                            {"revision", service->head().revision},
                            {"targets", push->operation.total}};
  edit.writes = removals_of_oldest();
  edit.writes.push_back(write_of(push->operation));
  push->is_settled = push->operation.state != OperationState::running;
  CO_TRY(co_await editor_.commit(std::move(actor), std::move(edit)));
  auto answer = push->operation;
  if (!push->is_settled) begin(push);
  co_return answer;
}

void Pushes::begin(const PushPtr& push) {
  running_[push->operation.uid] = push;
  look(*push, false);
  tasks_.start(follow(push));
}

const model::Operation* Pushes::running(const std::string& uid) const {
  auto at = running_.find(uid);
  return at == running_.end() ? nullptr : &at->second->operation;
}

Task<> Pushes::follow(PushPtr push) {
  constexpr Duration kRetry = std::chrono::seconds(5);
  while (!push->is_settled) {
    auto now = clock_.now();
    if (now >= push->grace_end) look(*push, true);
    if (now >= push->deadline) give_up(*push);
    finish_if_over(*push);
    bool is_over = push->operation.state != OperationState::running;
    bool is_due = push->has_news && now >= push->next_save;
    if (is_over || is_due) {
      bool is_saved = co_await save(push);
      if (is_over && is_saved) break;
      push->next_save = clock_.now() + (is_saved ? kSavePause : kRetry);
    }
    if (push->is_settled) break;
    auto wake = push->has_news || is_over ? push->next_save : push->deadline;
    if (now < push->grace_end) wake = std::min(wake, push->grace_end);
    auto woken = co_await push->changed.wait(wake);
    if (!woken && woken.error().code == Errc::cancelled) co_return;
  }
  running_.erase(push->operation.uid);
}

Task<bool> Pushes::save(PushPtr push) {
  push->has_news = false;
  store::Commit commit;
  commit.writes.push_back(write_of(push->operation));
  auto written = co_await store_.commit(std::move(commit));
  if (!written)
    log::warning("an operation's progress is not written down",
                 {{"operation", push->operation.uid}, {"why", written.error().what}});
  co_return written.has_value();
}

void Pushes::look(Push& push, bool counts_errors) {
  for (const auto& [node, result] : push.by_node) look_at(push, node, result, counts_errors);
}

void Pushes::look_at(Push& push, const std::string& node, std::size_t result, bool counts_errors) {
  if (push.operation.results[result].state != OperationState::running) return;
  const auto& word = fleet_.list(node, push.service_uid);
  bool is_applied = word.applied && word.applied->version >= push.version;
  if (is_applied && !word.error) {
    set_result(push.operation, result, OperationState::done, std::nullopt);
    push.has_news = true;
  } else if (word.error && counts_errors) {
    set_result(push.operation, result, OperationState::failed, word.error);
    push.has_news = true;
  }
}

void Pushes::give_up(Push& push) {
  std::map<std::size_t, std::string> nodes;
  for (const auto& [node, result] : push.by_node) nodes[result] = node;
  for (std::size_t i = 0; i < push.operation.results.size(); ++i) {
    if (push.operation.results[i].state != OperationState::running) continue;
    auto node = nodes.find(i);
    std::string why = "no node of this name has joined";
    if (node != nodes.end())
      why = fleet_.node(node->second).state == model::NodeState::up
                ? fmt::format("the agent has not applied it within {}", format_duration(kDeadline))
                : "the node is down; it gets the list when it is back";
    set_result(push.operation, i, OperationState::failed, std::move(why));
  }
}

void Pushes::finish_if_over(Push& push) {
  auto& operation = push.operation;
  bool is_over = operation.done + operation.failed >= operation.total;
  if (operation.state != OperationState::running || !is_over) return;
  operation.state = operation.failed > 0 ? OperationState::failed : OperationState::done;
  operation.ended = clock_.wall();
}

void Pushes::on_fleet_change(const Fleet::Change& change) {
  if (change.lists.empty()) return;
  for (auto& [uid, push] : running_) {
    auto at = push->by_node.find(change.node);
    bool is_ours = at != push->by_node.end() &&
                   std::ranges::find(change.lists, push->service_uid) != change.lists.end();
    if (!is_ours) continue;
    bool had_news = push->has_news;
    look_at(*push, at->first, at->second, true);
    const auto& operation = push->operation;
    bool is_over = operation.done + operation.failed >= operation.total;
    if ((push->has_news && !had_news) || is_over) push->changed.notify_all();
  }
}

Task<Result<model::Operation>> Pushes::cancel(Actor actor, std::string uid) {
  auto at = running_.find(uid);
  if (at == running_.end())
    co_return fail(Errc::conflict, "operation {} does not run any more", quote(uid));
  auto push = at->second;
  auto cancelled = push->operation;
  for (auto& result : cancelled.results)
    if (result.state == OperationState::running) result.state = OperationState::cancelled;
  cancelled.state = OperationState::cancelled;
  cancelled.ended = clock_.wall();
  Edit edit;
  edit.action = "operation.cancel";
  edit.object = "operation/" + uid;
  edit.writes.push_back(write_of(cancelled));
  CO_TRY(co_await editor_.commit(std::move(actor), std::move(edit)));
  push->operation = cancelled;
  push->is_settled = true;
  push->changed.notify_all();
  running_.erase(uid);
  co_return cancelled;
}

std::vector<store::Write> Pushes::removals_of_oldest() const {
  constexpr std::size_t kAtOnce = 8;
  std::vector<store::Write> removals;
  auto snapshot = catalog_.snapshot();
  auto count = snapshot->operations.size();
  for (const auto& [uid, document] : snapshot->operations) {
    if (count + 1 <= kKept || removals.size() == kAtOnce) break;
    if (running_.contains(uid)) continue;
    removals.push_back({store::keys::operation(uid), nullptr});
    --count;
  }
  return removals;
}

}  // namespace reeve::manager::api
