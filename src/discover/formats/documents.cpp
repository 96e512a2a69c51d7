#include "discover/formats/formats.hpp"
#include "json/codec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>

namespace reeve::discover {
namespace {

struct SwooleNode {
  IpAddress ip;
  std::uint16_t port = 0;
  model::Status status = model::Status::online;
  int weight = 0;
};
BOOST_DESCRIBE_STRUCT(SwooleNode, (), (ip, port, status, weight))

/// "pay-api.v2" as PAY_API_V2.
std::string variable_name(const std::string& service) {
  std::string name;
  for (char c : service) {
    auto byte = static_cast<unsigned char>(c);
    name += std::isalnum(byte) != 0 ? static_cast<char>(std::toupper(byte)) : '_';
  }
  return name.find_first_of("0123456789") == 0 ? "_" + name : name;
}

}  // namespace

std::string swoole(const Instances& instances) {
  constexpr std::size_t kBytesPerNode = 72;
  std::string text;
  text.reserve(2 + instances.size() * kBytesPerNode);
  text += '[';
  for (const auto* instance : instances) {
    if (text.size() > 1) text += ',';
    json::append(text,
                 SwooleNode{instance->ip, instance->port, instance->status, instance->weight});
  }
  text += ']';
  return text;
}

std::string json_object(const model::ServiceList& list, const Instances& instances) {
  std::string text = "{";
  bool is_first = true;
  auto add = [&](std::string_view key, const auto& value) {
    json::write_key(text, key, is_first);
    json::append(text, value);
  };
  add("service", list.service);
  add("revision", list.revision);
  add("version", list.version);
  add("description", list.description);
  json::write_key(text, "instances", is_first);
  text += '[';
  for (const auto* instance : instances) {
    if (text.back() != '[') text += ',';
    json::append(text, *instance);
  }
  text += "]}";
  return text;
}

// No quotes and no spaces: a shell, systemd and docker read such lines alike.
std::string env(const model::ServiceList& list, const Instances& instances) {
  auto name = variable_name(list.service);
  std::string addresses;
  std::string each;
  int count = 0;
  for (const auto* instance : instances) {
    if (!is_eligible(*instance)) continue;
    ++count;
    if (!addresses.empty()) addresses += ',';
    addresses += endpoint_text(instance->ip, instance->port);
    fmt::format_to(std::back_inserter(each),
                   "{0}_{1}_IP={2}\n{0}_{1}_PORT={3}\n{0}_{1}_WEIGHT={4}\n", name, count,
                   instance->ip.text(), instance->port, instance->weight);
  }
  return fmt::format("{0}_COUNT={1}\n{0}_ADDRESSES={2}\n{3}", name, count, addresses, each);
}

}  // namespace reeve::discover
