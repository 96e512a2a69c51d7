#include "discover/publish/formats.hpp"

#include "json/codec.hpp"

namespace reeve::discover {
namespace {

struct SwooleNode {
  IpAddress ip;
  std::uint16_t port = 0;
  model::Status status = model::Status::online;
  int weight = 0;
};
BOOST_DESCRIBE_STRUCT(SwooleNode, (), (ip, port, status, weight))

std::string render_swoole(const model::ServiceList& list) {
  constexpr std::size_t kBytesPerNode = 72;
  std::string text;
  text.reserve(2 + list.instances.size() * kBytesPerNode);
  text += '[';
  for (const auto& instance : list.instances) {
    if (text.size() > 1) text += ',';
    json::append(text, SwooleNode{instance.ip, instance.port, instance.status, instance.weight});
  }
  text += ']';
  return text;
}

std::string render_json(const model::ServiceList& list) {
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
  add("instances", list.instances);
  text += '}';
  return text;
}

}  // namespace

std::string render(const model::ServiceList& list, model::Format format) {
  switch (format) {
    case model::Format::swoole: return render_swoole(list);
    case model::Format::json: return render_json(list);
  }
  return {};
}

}  // namespace reeve::discover
