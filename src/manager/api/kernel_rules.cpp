#include "manager/api/kernel_rules.hpp"

namespace reeve::manager::api {

bool may_see(const Caller& caller, const store::ServiceEntry& service) {
  return !service.head().kernel || caller.role() == model::Role::administrator;
}

std::vector<std::shared_ptr<const store::ServiceEntry>> hidden_services(
    const Caller& caller, const store::Snapshot& snapshot) {
  std::vector<std::shared_ptr<const store::ServiceEntry>> hidden;
  if (caller.role() == model::Role::administrator) return hidden;
  for (const auto& item : snapshot.services)
    if (!may_see(caller, *item.value)) hidden.push_back(item.value);
  return hidden;
}

Result<> check_editable(const store::ServiceEntry& before, const ServiceParts& wanted) {
  if (!before.head().kernel) return {};
  const model::ServiceSpec& old_spec = before.head();
  const model::ServiceSpec& new_spec = wanted.head;
  bool is_same = old_spec == new_spec && before.instances() == wanted.content.instances &&
                 before.held() == wanted.live.held;
  if (is_same) return {};
  return fail(Errc::forbidden,
              "service \"{}\" is Reeve's own and follows the nodes; only its subscriptions can be "
              "edited",
              before.head().name);
}

Result<> check_pushable(const store::ServiceEntry& service) {
  if (!service.head().kernel) return {};
  return fail(Errc::forbidden,
              "service \"{}\" is Reeve's own and follows the nodes; its newest revision is always "
              "the one that is pushed",
              service.head().name);
}

Result<> check_deletable(const store::ServiceEntry& service) {
  if (!service.head().kernel) return {};
  return fail(Errc::forbidden,
              "service \"{}\" is Reeve's own and follows the nodes; it cannot be deleted",
              service.head().name);
}

}  // namespace reeve::manager::api
