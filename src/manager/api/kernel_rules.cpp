#include "manager/api/kernel_rules.hpp"

#include <algorithm>

namespace reeve::manager::api {
namespace {

bool has_same_holds(const store::ServiceEntry& before, const ServiceParts& wanted) {
  return std::ranges::equal(before.held(), wanted.live.held, [](const auto& a, const auto& b) {
    return a.instance == b.instance && a.holds == b.holds;
  });
}

}  // namespace

bool may_see(const Caller& caller, const store::ServiceEntry& service) {
  return !service.head().kernel || caller.role() == model::Role::administrator;
}

Result<> check_editable(const store::ServiceEntry& before, const ServiceParts& wanted) {
  if (!before.head().kernel) return {};
  const model::ServiceSpec& old_spec = before.head();
  const model::ServiceSpec& new_spec = wanted.head;
  bool is_same = old_spec == new_spec && before.instances() == wanted.content.instances &&
                 has_same_holds(before, wanted);
  if (is_same) return {};
  return fail(Errc::forbidden,
              "service \"{}\" is Reeve's own and follows the nodes; only its subscriptions can be "
              "edited",
              before.head().name);
}

Result<> check_deletable(const store::ServiceEntry& service) {
  if (!service.head().kernel) return {};
  return fail(Errc::forbidden,
              "service \"{}\" is Reeve's own and follows the nodes; it cannot be deleted",
              service.head().name);
}

}  // namespace reeve::manager::api
