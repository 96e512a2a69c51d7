#include "manager/revisions_in_use.hpp"

#include "store/catalog/subscribers.hpp"

namespace reeve::manager {

std::optional<std::set<std::uint64_t>> revisions_in_use(const store::ServiceEntry& service,
                                                        const store::Snapshot& snapshot,
                                                        const Fleet& fleet) {
  std::set<std::uint64_t> in_use = {service.head().revision};
  for (const auto& subscriber : store::subscribers_of(service, snapshot)) {
    if (!subscriber.known) continue;
    const auto& list = fleet.list(subscriber.known->value.uid, service.head().uid);
    if (list.applied)
      in_use.insert(list.applied->revision);
    else if (!list.error)  // with an error it has none
      return std::nullopt;
  }
  return in_use;
}

}  // namespace reeve::manager
