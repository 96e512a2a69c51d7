// A subscriber as people see it: what its node shall have beside what its agent says is there.
// Pure, but for the fleet it reads: domain loop.
#pragma once

#include "manager/fleet.hpp"
#include "store/catalog/subscribers.hpp"

namespace reeve::manager::api {

/// What the view says, without making one: for counting many.
model::SubscriberState subscriber_state(const store::ServiceEntry& service,
                                        const store::ResolvedSubscriber& subscriber,
                                        const Fleet& fleet);

model::Subscriber subscriber_view(const store::ServiceEntry& service,
                                  const store::ResolvedSubscriber& subscriber, const Fleet& fleet);

}  // namespace reeve::manager::api
