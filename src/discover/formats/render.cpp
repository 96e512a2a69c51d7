#include "discover/formats/render.hpp"

#include "discover/formats/formats.hpp"
#include "json/template.hpp"
#include "model/subscription.hpp"

#include <algorithm>

namespace reeve::discover {
namespace {

/// The list with the instances that have the labels, or, if none of them is eligible, all.
Instances selected(const model::ServiceList& list, const model::Output& output) {
  Instances chosen;
  auto take = [&](bool all) {
    for (const auto& instance : list.instances)
      if (all || model::matches(*output.select, instance.labels)) chosen.push_back(&instance);
  };
  bool is_choosy = output.select.has_value();
  take(!is_choosy);
  if (is_choosy && std::ranges::none_of(chosen, [](auto* one) { return is_eligible(*one); })) {
    chosen.clear();
    take(true);
  }
  return chosen;
}

}  // namespace

Result<std::string> render(const model::ServiceList& list, const model::Output& output) {
  auto instances = selected(list, output);
  switch (output.format) {
    case model::Format::swoole: return swoole(instances);
    case model::Format::json: return json_object(list, instances);
    case model::Format::env: return env(list, instances);
    case model::Format::nginx: return nginx_upstream(list.service, instances);
    case model::Format::haproxy: return haproxy_backend(list.service, instances);
    case model::Format::mustache:
      return json::fill(output.template_.value_or(""), template_data(list, instances),
                        kLongestText);
  }
  return std::string();
}

}  // namespace reeve::discover
