// A subscriber as people see it: what its node shall have beside what its agent says is there.
// Pure, but for the fleet it reads: domain loop.
#pragma once

#include "manager/fleet.hpp"
#include "store/catalog/subscribers.hpp"

namespace reeve::manager::api {

/// What the agent was asked for, once what was pushed to it is on its way.
AskedList wanted_list(const store::ServiceEntry& service,
                      const store::ResolvedSubscriber& subscriber,
                      const store::PushedContent& pushed);

/// An error is about the list that the agent tried last: of one that has not reached it yet there
/// is no word.
bool has_failed(const ListSight& word, const AskedList& wanted);

/// What the view says, without making one: for counting many.
model::SubscriberState subscriber_state(const store::ServiceEntry& service,
                                        const store::ResolvedSubscriber& subscriber,
                                        const Fleet& fleet);

model::Subscriber subscriber_view(const store::ServiceEntry& service,
                                  const store::ResolvedSubscriber& subscriber, const Fleet& fleet);

}  // namespace reeve::manager::api
