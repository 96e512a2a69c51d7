#include "manager/revisions_in_use.hpp"

#include "store/catalog/subscribers.hpp"

namespace reeve::manager {

RevisionsInUse revisions_in_use(const store::ServiceEntry& service, const store::Snapshot& snapshot,
                                const Fleet& fleet) {
  RevisionsInUse in_use;
  in_use.revisions.insert(service.head().revision);
  if (service.pushes_part())
    for (const auto& [revision, content] : service.pushes_part()->contents())
      in_use.revisions.insert(revision);
  for (const auto& subscriber : store::subscribers_of(service, snapshot)) {
    if (!subscriber.known || !service.pushed_to(subscriber.node)) continue;
    const auto& list = fleet.list(subscriber.known->value.uid, service.head().uid);
    if (list.applied)
      in_use.revisions.insert(list.applied->revision);
    else if (!list.error)  // with an error it has none
      in_use.is_known_of_all = false;
  }
  return in_use;
}

}  // namespace reeve::manager
