// Which nodes get a service's list: subscriptions resolved against the nodes there are. Pure.
#pragma once

#include "store/catalog/catalog.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace reeve::store {

/// A view into the service's entry and the snapshot.
struct ResolvedSubscriber {
  std::string_view node;  // name as written: the node's, or the subscription's
  std::shared_ptr<const Document<model::StoredNode>>
      known;  // null: no node of this name has joined
  const std::vector<model::Output>* outputs;
};

/// Ordered by folded node name, each node once. Nodes that are being removed get nothing, nor are
/// they told to remove files.
std::vector<ResolvedSubscriber> subscribers_of(const ServiceEntry& service,
                                               const Snapshot& snapshot);

/// Those of the names that subscribe, in their order; a node that is being removed does until it
/// has gone, for that may come to nothing. Costs less than all subscribers where these are few.
std::vector<std::string> subscribing(const std::vector<std::string>& names,
                                     const ServiceEntry& service, const Snapshot& snapshot);

/// Nodes that are to remove the files of the list that they had. Who gets a list again is not among
/// them.
std::vector<ResolvedSubscriber> leaving_of(const ServiceEntry& service, const Snapshot& snapshot);

/// The list of whom this was pushed to, live state laid over the content.
model::ServiceList list_for(const ServiceEntry& service, const PushedContent& pushed,
                            const model::Cluster& cluster,
                            const std::vector<model::Output>& outputs);

}  // namespace reeve::store
