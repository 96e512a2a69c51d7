#include "cli/roles/demo.hpp"

#include "cli/client.hpp"
#include "model/subscriber.hpp"

namespace reeve::cli {

namespace {

using namespace std::chrono_literals;

constexpr Duration kPatience = 10s;

json::Value demo_service() {
  auto instance = [](int port, int weight) {
    return json::Object{{"ip", "127.0.0.1"}, {"port", port}, {"weight", weight}};
  };
  return json::Object{
      {"description", "a payment service to play with"},
      {"instances", json::Array{instance(8881, 100), instance(8882, 50), instance(8883, 100)}}};
}

// True if it was not there.
Result<bool> ensure(Client& client, const std::string& path, const json::Value& body) {
  auto found = client.get(path);
  if (found) return false;
  if (found.error().code != Errc::not_found) return fail(found.error());
  TRY(client.put(path, body));
  return true;
}

Result<std::string> applied_state(Client& client, const std::string& path) {
  Instant deadline = client.clock().now() + kPatience;
  for (;;) {
    TRY_ASSIGN(auto subscriber, client.get_as<model::Subscriber>(path));
    if (subscriber.state == model::SubscriberState::current) return std::string("current");
    if (subscriber.state == model::SubscriberState::failed)
      return fail(Errc::io, "the agent could not write the list: {}",
                  subscriber.error.value_or("it gave no reason"));
    if (client.clock().now() > deadline)
      return fail(Errc::timeout, "the agent has not written the list after {} s", kPatience / 1s);
    TRY(client.pause(2ms));
  }
}

}  // namespace

Result<Demo> make_demo(ServerAddress server, const std::string& node) {
  Client client(std::move(server));
  Demo demo;
  std::string service = api_path({"services", Demo::kService});
  std::string subscriber = service + api_path({"subscribers", node});
  TRY_ASSIGN(demo.is_new, ensure(client, service, demo_service()));
  TRY(ensure(client, subscriber, json::Object{}));
  TRY_ASSIGN(demo.state, applied_state(client, subscriber));
  return demo;
}

}  // namespace reeve::cli
