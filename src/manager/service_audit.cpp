#include "manager/service_audit.hpp"

#include "manager/audit_text.hpp"

#include <algorithm>
#include <map>

namespace reeve::manager {
namespace {

using json::Object;
using json::Value;

struct Side {
  const model::StoredService& head;
  const std::vector<model::InstanceSpec>& instances;
  const std::vector<model::InstanceHolds>& held;
  const std::vector<model::Subscription>& subscriptions;
};

// An instance as the log shows it: what people decided about it.
struct LoggedInstance : model::InstanceSpec {
  std::vector<model::Hold> holds;
};
BOOST_DESCRIBE_STRUCT(LoggedInstance, (model::InstanceSpec), (holds))

using ByAddress = std::map<std::pair<IpAddress, std::uint16_t>, const model::InstanceSpec*>;

ByAddress by_address(const std::vector<model::InstanceSpec>& instances) {
  ByAddress found;
  for (const auto& instance : instances) found[{instance.ip, instance.port}] = &instance;
  return found;
}

bool has_same_holds(const Side& a, const Side& b, const model::InstanceSpec& instance) {
  if (a.held.empty() && b.held.empty()) return true;
  auto id = instance.id();
  return store::holds_of(a.held, id) == store::holds_of(b.held, id);
}

// The instances of `side` that the other has not, or has otherwise; as many as the log shows.
json::Array different_instances(const Side& side, const Side& other) {
  auto others = by_address(other.instances);
  json::Array shown;
  std::size_t size = 0;
  for (const auto& instance : side.instances) {
    auto at = others.find({instance.ip, instance.port});
    if (at != others.end() && *at->second == instance && has_same_holds(side, other, instance))
      continue;
    LoggedInstance logged;
    static_cast<model::InstanceSpec&>(logged) = instance;
    if (!side.held.empty()) logged.holds = store::holds_of(side.held, instance.id());
    auto text = json::encode_text(logged);
    size += text.size();
    shown.push_back(json::parse_own(text));
    if (size > kMostAuditText) break;  // bounded() cuts it and marks it
  }
  return shown;
}

Object spec_of(const model::ServiceSpec& spec) { return json::encode(spec).as_object(); }

Object describe(const Side& side, const Side& other, bool is_whole) {
  Object shown;
  bool shows_spec = is_whole || !(static_cast<const model::ServiceSpec&>(side.head) ==
                                  static_cast<const model::ServiceSpec&>(other.head));
  if (shows_spec) shown = spec_of(side.head);
  if (is_whole || side.head.revision != other.head.revision) shown["revision"] = side.head.revision;
  if (is_whole || side.subscriptions != other.subscriptions)
    shown["subscriptions"] = json::encode(model::StoredSubscriptions{side.subscriptions, {}, {}})
                                 .as_object()["subscriptions"];
  auto instances = different_instances(side, other);
  if (is_whole || !instances.empty()) shown["instances"] = std::move(instances);
  return shown;
}

Side side_of(const store::ServiceEntry& entry) {
  return {entry.head(), entry.instances(), entry.held(), entry.subscriptions()};
}
Side side_of(const ServiceParts& parts) {
  return {parts.head, parts.content.instances, parts.live.held, parts.subscriptions.subscriptions};
}

const ServiceParts& nothing() {
  static const ServiceParts none;
  return none;
}

}  // namespace

void describe_difference(const store::ServiceEntry* before, const ServiceParts& after,
                         Value& old_text, Value& new_text) {
  auto now = side_of(after);
  if (!before) {
    new_text = describe(now, side_of(nothing()), true);
    return;
  }
  auto old = side_of(*before);
  old_text = describe(old, now, false);
  new_text = describe(now, old, false);
}

void describe_removal(const store::ServiceEntry& before, Value& old_text) {
  old_text = describe(side_of(before), side_of(nothing()), true);
}

}  // namespace reeve::manager
