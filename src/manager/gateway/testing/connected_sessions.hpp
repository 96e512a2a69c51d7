// Sessions with a service, pay, whose list goes to web-1, and words to let agents connect to them.
// For tests.
#pragma once

#include "link/digest.hpp"
#include "manager/gateway/testing/sessions_fixture.hpp"
#include "store/catalog/keys.hpp"

#include <memory>
#include <string>
#include <vector>

namespace reeve::manager::testing {

class ConnectedSessions : public SessionsFixture {
 protected:
  using AgentPtr = std::shared_ptr<FakeAgent>;

  ConnectedSessions() {
    state.put_node("web-1");
    state.put_service("pay", {"10.0.0.1"});
    state.subscribe("pay", {DesiredState::to_nodes({"web-1"})});
    state.start();
  }

  AgentPtr connect(const std::string& node, const std::string& address = "10.1.0.1") {
    auto agent = std::make_shared<FakeAgent>(state.loop, address);
    sessions.adopt(agent, uid(node));
    state.loop.settle();
    return agent;
  }
  /// Connected, greeted and current.
  AgentPtr connect_current(const std::string& node) {
    auto agent = connect(node);
    agent->says_hello(uid(node));
    state.loop.settle();
    if (!agent->specs().empty()) agent->applies();
    state.loop.settle();
    return agent;
  }
  void beat(const AgentPtr& agent) {
    link::Message message;
    message.heartbeat.emplace();
    agent->says(std::move(message));
    state.loop.settle();
  }
  link::Message hello_of(const std::string& node) {
    link::Message message;
    message.hello.emplace();
    message.hello->node = uid(node);
    return message;
  }
  link::Message hello_at(const std::string& node, std::uint64_t epoch, std::uint64_t version) {
    auto message = hello_of(node);
    message.hello->cluster = "c1";
    message.hello->epoch = epoch;
    message.hello->version = version;
    return message;
  }
  std::uint64_t resume() {
    auto resumed = state.loop.start(hold.resume({}));
    state.loop.settle();
    return resumed.value().value_or(0);
  }
  std::string digest_of(const AgentPtr& agent) { return link::spec_digest(agent->lists()); }
  model::NodeState state_of(const std::string& node) { return fleet.node(uid(node)).state; }
  std::vector<std::string> notice_kinds() {
    std::vector<std::string> kinds;
    for (const auto& notice : raised()) kinds.push_back(notice.kind);
    return kinds;
  }
  /// web-1 gets the list no more, and shall remove its files.
  void let_leave() {
    model::StoredSubscriptions stored;
    stored.leaving.push_back(DesiredState::to_nodes({"web-1"}));
    state.commit(
        {{store::keys::subscriptions(uid("pay")), store::bytes(json::encode_text(stored))}});
    state.loop.settle();
  }
  bool is_leaving() {
    state.loop.settle();
    return !(*state.catalog.snapshot()->services.find("pay"))->leaving().empty();
  }
};

}  // namespace reeve::manager::testing
