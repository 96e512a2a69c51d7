#include "discover/formats/formats.hpp"

#include <fmt/format.h>

#include <iterator>

namespace reeve::discover {

// nginx takes no weight of 0, and no upstream without a server.
std::string nginx_upstream(const std::string& service, const Instances& instances) {
  auto text = fmt::format("upstream {} {{\n", service);
  for (const auto* instance : instances) {
    auto how = is_eligible(*instance) ? fmt::format("weight={}", instance->weight) : "down";
    fmt::format_to(std::back_inserter(text), "    server {} {};\n",
                   endpoint_text(instance->ip, instance->port), how);
  }
  if (instances.empty()) text += "    server 127.0.0.1:1 down;\n";
  text += "}\n";
  return text;
}

// A server's name may hold neither brackets nor slashes; a weight of 0 takes no new traffic there.
std::string haproxy_backend(const std::string& service, const Instances& instances) {
  auto text = fmt::format("backend {}\n", service);
  for (const auto* instance : instances) {
    bool is_online = instance->status == model::Status::online;
    fmt::format_to(std::back_inserter(text), "    server {}_{} {} weight {}{}\n",
                   instance->ip.text(), instance->port, endpoint_text(instance->ip, instance->port),
                   instance->weight, is_online ? "" : " disabled");
  }
  return text;
}

}  // namespace reeve::discover
