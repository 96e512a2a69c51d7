#include "manager/api/subscriber_view.hpp"

namespace reeve::manager::api {

using model::SubscriberState;

bool has_failed(const ListSight& word, const AskedList& wanted) {
  return word.error && word.asked.value_or(wanted) == wanted;
}

AskedList wanted_list(const store::ServiceEntry& service,
                      const store::ResolvedSubscriber& subscriber,
                      const store::PushedContent& pushed) {
  return {{pushed.revision, service.version_of(pushed)}, model::outputs_mark(*subscriber.outputs)};
}

model::SubscriberState subscriber_state(const store::ServiceEntry& service,
                                        const store::ResolvedSubscriber& subscriber,
                                        const Fleet& fleet) {
  if (!subscriber.known) return SubscriberState::down;
  auto [node, word] = fleet.sight(subscriber.known->value.uid, service.head().uid);
  if (node.state != model::NodeState::up) return SubscriberState::down;
  auto pushed = service.pushed_to(subscriber.node);
  if (!pushed) return SubscriberState::waiting;
  auto wanted = wanted_list(service, subscriber, *pushed);
  if (has_failed(word, wanted)) return SubscriberState::failed;
  // Of a manager in hold an agent may have a later list than the store knows: not current either.
  bool is_current = word.applied && word.applied->version == wanted.mark.version;
  // The version says nothing of a subscriber's own outputs.
  bool has_files = word.outputs_mark.value_or(wanted.outputs_mark) == wanted.outputs_mark;
  return is_current && has_files ? SubscriberState::current : SubscriberState::pending;
}

model::Subscriber subscriber_view(const store::ServiceEntry& service,
                                  const store::ResolvedSubscriber& subscriber, const Fleet& fleet) {
  model::Subscriber view;
  view.node = subscriber.node;
  view.outputs = *subscriber.outputs;
  auto pushed = service.pushed_to(subscriber.node);
  if (pushed) view.pushed = {pushed->revision, service.version_of(*pushed)};
  view.state = subscriber_state(service, subscriber, fleet);
  if (!subscriber.known) {
    view.error = "no node of this name has joined yet";
    return view;
  }
  const auto& word = fleet.list(subscriber.known->value.uid, service.head().uid);
  view.applied = word.applied;
  bool is_of_older = pushed && !has_failed(word, wanted_list(service, subscriber, *pushed));
  if (!is_of_older) view.error = word.error;
  if (!word.hooks.empty()) view.hooks = word.hooks;
  if (!word.drift.empty()) view.drift = word.drift;
  return view;
}

}  // namespace reeve::manager::api
