// /healthz, /api/v1/whoami, /api/v1/status
#include "base/version.hpp"
#include "manager/api/answers.hpp"
#include "manager/api/handlers.hpp"
#include "manager/api/kernel_rules.hpp"
#include "manager/api/read_marks.hpp"
#include "manager/api/subscriber_view.hpp"
#include "manager/api/types.hpp"
#include "manager/hold.hpp"
#include "net/query.hpp"

#include <algorithm>
#include <iterator>

namespace reeve::manager::api {
namespace {

void count(NodeCounts& counts, model::NodeState state) {
  ++counts.total;
  switch (state) {
    case model::NodeState::up: ++counts.up; return;
    case model::NodeState::down: ++counts.down; return;
    case model::NodeState::never_seen: ++counts.never_seen; return;
  }
}

void count(SubscriberCounts& counts, model::SubscriberState state) {
  ++counts.total;
  switch (state) {
    case model::SubscriberState::current: ++counts.current; return;
    case model::SubscriberState::pending: ++counts.pending; return;
    case model::SubscriberState::failed: ++counts.failed; return;
    case model::SubscriberState::down: ++counts.down; return;
    case model::SubscriberState::waiting: ++counts.waiting; return;
  }
}

void add_unconfirmed(Status& status, Unconfirmed one) {
  constexpr std::size_t kMostNamed = 100;
  if (++status.unconfirmed_count <= kMostNamed) status.unconfirmed.push_back(std::move(one));
}

void add_unconfirmed(Status& status, const Caller& caller, const store::Snapshot& snapshot) {
  auto hidden = hidden_services(caller, snapshot);
  for (const auto& item : snapshot.removed_nodes) {
    const auto& node = item.value->value;
    auto services = node.services;
    for (const auto& service : hidden) std::erase(services, service->head().name);
    add_unconfirmed(status, {node.name, "node/" + node.name, std::move(services), node.removed});
  }
  for (const auto& item : snapshot.services) {
    const auto& service = *item.value;
    if (!may_see(caller, service)) continue;
    for (const auto& leaving : store::leaving_of(service, snapshot))
      add_unconfirmed(status, {std::string(leaving.node),
                               "service/" + service.head().name,
                               {service.head().name},
                               std::nullopt});
  }
}

void add_node(Status& status, const std::string& name, model::NodeState state) {
  constexpr std::size_t kMostNamed = 100;
  count(status.nodes, state);
  if (state != model::NodeState::up && status.missing.size() < kMostNamed)
    status.missing.push_back({name, state});
}

/// Those that failed, and names that no node has, of which nobody else would speak.
class Troubles {
 public:
  void add(const store::ServiceEntry& service, const store::ResolvedSubscriber& subscriber,
           model::SubscriberState state, const Fleet& fleet) {
    if (!subscriber.known) {
      put(strangers_, service, subscriber, "no node of this name has joined");
    } else if (state == model::SubscriberState::failed) {
      const auto& word = fleet.list(subscriber.known->value.uid, service.head().uid);
      put(failures_, service, subscriber, word.error.value_or("it gave no reason"));
    }
  }

  /// The first of all; no failure is hidden behind a name.
  std::vector<Trouble> take() {
    std::ranges::move(strangers_, std::back_inserter(failures_));
    if (failures_.size() > kMostNamed) failures_.resize(kMostNamed);
    return std::move(failures_);
  }

 private:
  static constexpr std::size_t kMostNamed = 100;

  static void put(std::vector<Trouble>& troubles, const store::ServiceEntry& service,
                  const store::ResolvedSubscriber& subscriber, std::string why) {
    if (troubles.size() == kMostNamed) return;
    troubles.push_back({service.head().name, std::string(subscriber.node), std::move(why)});
  }

  std::vector<Trouble> failures_;
  std::vector<Trouble> strangers_;
};

void add_unpushed(Status& status, const store::ServiceEntry& service) {
  constexpr std::size_t kMostNamed = 100;
  if (service.subscriptions().empty() || !service.is_unpushed()) return;
  if (++status.unpushed_count > kMostNamed) return;
  auto pushed = service.pushed_to_all();
  status.unpushed.push_back(
      {service.head().name, service.head().revision,
       pushed ? std::optional(pushed->revision) : std::optional<std::uint64_t>()});
}

Status without_subscribers(const Call& call, const store::Snapshot& snapshot) {
  Status status;
  status.version = version();
  if (snapshot.cluster)
    status.cluster = {snapshot.cluster->value.id, snapshot.cluster->value.epoch};
  status.revision = snapshot.revision;
  for (const auto& [name, service] : snapshot.services) {
    if (service->head().kernel) continue;  // it counts the nodes once more
    ++status.services;
    status.instances += service->instances().size();
    add_unpushed(status, *service);
  }
  for (const auto& [name, node] : snapshot.nodes)
    add_node(status, node->value.name, call.context.fleet.node(node->value.uid).state);
  if (const auto* hold = call.context.hold.current()) status.hold = hold_mark(*hold);
  add_unconfirmed(status, call.caller, snapshot);
  status.unread_notices =
      count_unread(read_marks_of(snapshot, call.caller.token->value.uid), snapshot);
  status.started = call.context.started;
  status.uptime = call.context.clock.now() - call.context.started_at;
  return status;
}

// Counting the subscribers of a large installation takes a while: others get their turns between.
Task<Result<Response>> count_everything(Call call) {
  constexpr std::size_t kBreath = 2000;
  auto snapshot = call.context.catalog.snapshot();
  auto status = without_subscribers(call, *snapshot);
  Troubles troubles;
  std::size_t looked_at = 0;
  for (const auto& item : snapshot->services) {
    const auto& service = *item.value;
    if (!may_see(call.caller, service)) continue;
    for (const auto& subscriber : store::subscribers_of(service, *snapshot)) {
      auto state = subscriber_state(service, subscriber, call.context.fleet);
      count(status.subscribers, state);
      troubles.add(service, subscriber, state, call.context.fleet);
      ++looked_at;
    }
    if (looked_at < kBreath) continue;
    looked_at = 0;
    CO_TRY(co_await call.context.domain.sleep_for(Duration{}));
  }
  status.troubles = troubles.take();
  co_return json_answer(status);
}

}  // namespace

Result<Response> get_health(const Call&) {
  static const auto text = std::make_shared<const std::string>(json::encode_text(HealthAnswer{}));
  return json_response(text);
}

Result<Response> get_whoami(const Call& call) {
  TRY(Query(call.request).check());
  const auto& token = call.caller.token->value;
  return json_answer(WhoAmI{token.name, token.role, token.uid, token.expires});
}

Task<Result<Response>> get_status(Call call) {
  CO_TRY(Query(call.request).check());
  auto work = count_everything(call);
  co_return co_await async::on_loop(call.context.domain, std::move(work));
}

}  // namespace reeve::manager::api
