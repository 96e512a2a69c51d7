#include "manager/api/subscriber_view.hpp"

namespace reeve::manager::api {

using model::SubscriberState;

model::Subscriber subscriber_view(const store::ServiceEntry& service,
                                  const store::ResolvedSubscriber& subscriber, const Fleet& fleet) {
  model::Subscriber view;
  view.node = subscriber.node;
  view.outputs = *subscriber.outputs;
  view.pushed = {service.head().revision, service.version()};
  if (!subscriber.known) {
    view.state = SubscriberState::down;
    view.error = "no node of this name has joined yet";
    return view;
  }
  const auto& uid = subscriber.known->value.uid;
  const auto& word = fleet.list(uid, service.head().uid);
  view.applied = word.applied;
  view.error = word.error;
  if (fleet.node(uid).state != model::NodeState::up)
    view.state = SubscriberState::down;
  else if (word.error)
    view.state = SubscriberState::failed;
  else if (word.applied && word.applied->version >= view.pushed.version)
    view.state = SubscriberState::current;
  return view;
}

}  // namespace reeve::manager::api
