#include "model/service.hpp"

#include "model/name.hpp"
#include "model/template_names.hpp"

#include <fmt/core.h>

#include <unordered_map>

namespace reeve::model {

void validate(const ServiceRequest& request, json::Faults& faults, const json::Path& path) {
  if (request.name) check_name(*request.name, faults, path / "name");
  if (request.set) check_name(*request.set, faults, path / "set");
  std::unordered_map<std::string, std::size_t> seen;
  if (request.subscriptions) {
    auto subscriptions = path / "subscriptions";
    for (std::size_t i = 0; i < request.subscriptions->size(); ++i)
      check_template_names((*request.subscriptions)[i].outputs, faults,
                           subscriptions / i / "outputs");
  }
  auto instances = path / "instances";
  for (std::size_t i = 0; i < request.instances.size(); ++i) {
    auto [first, is_new] = seen.emplace(request.instances[i].id(), i);
    if (!is_new)
      faults.add(instances / i,
                 fmt::format("instance {} stands here a second time; the first is at {}",
                             first->first, first->second));
  }
}

}  // namespace reeve::model
