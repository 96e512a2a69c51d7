// A service that is pushed by hand to web-1 and web-2, and what is seen of it. For tests.
#pragma once

#include "manager/api/push_edit.hpp"
#include "manager/api/testing/harness.hpp"
#include "manager/api/types.hpp"

namespace reeve::manager::api::testing {

using Revision = std::optional<std::uint64_t>;

class PushingTest : public testing::ApiTest {
 public:
  using ApiTest::as;
  using ApiTest::ask;
  using ApiTest::planner;
  using ApiTest::restart;

  PushingTest() {
    for (const char* node : {"web-1", "web-2"}) {
      add_node(node);
      connect(node);
    }
  }

  // Revision n of the service has n instances; the subscribers are web-1 and web-2.
  void edit(std::size_t count, const std::string& push = "manual", const std::string& more = "") {
    std::string instances;
    for (std::size_t i = 1; i <= count; ++i)
      instances += fmt::format(R"({}{{"ip":"10.0.0.{}","port":80}})", i > 1 ? "," : "", i);
    auto answer = ask("PUT", "/services/pay",
                      fmt::format(R"({{"instances":[{}],"push":"{}",
                                      "subscriptions":[{{"nodes":["web-1","web-2"]}}]{}}})",
                                  instances, push, more));
    EXPECT_LT(answer.status, 300) << answer.body.view();
  }
  model::Operation push(std::string body = "", const std::string& verb = "push") {
    auto answer = ask("POST", "/services/pay/" + verb, std::move(body));
    EXPECT_EQ(answer.status, 202) << answer.body.view();
    return as<OperationAnswer>(answer).operation;
  }
  model::Operation operation(const model::Operation& begun) {
    return as<OperationAnswer>(ask("GET", "/operations/" + begun.uid)).operation;
  }
  model::Subscriber subscriber(const std::string& node) {
    return as<model::Subscriber>(ask("GET", "/services/pay/subscribers/" + node));
  }
  // What the node shall have: by what the API says and by what the planner does.
  Revision pushed_to(const std::string& node) {
    auto said = subscriber(node).pushed;
    auto list = planner->list_of("uid-" + node, service().uid);
    EXPECT_EQ(said.has_value(), list != nullptr);
    if (!said || !list) return {};
    EXPECT_EQ(*said, list->mark());
    return said->revision;
  }
  model::Service service() { return as<model::Service>(ask("GET", "/services/pay")); }
  // The agent has what it shall have.
  void obey(const std::string& node) {
    say(node, subscriber(node).pushed);
    loop.settle();
  }
  std::string list_text(const std::string& node) {
    auto list = planner->list_of("uid-" + node, service().uid);
    return list ? std::string(*list->text()) : "";
  }
  std::size_t operation_count() { return catalog->snapshot()->operations.size(); }
  RevisionDiff diff(const std::string& query = "") {
    return as<RevisionDiff>(ask("GET", "/services/pay/diff" + query));
  }
};

}  // namespace reeve::manager::api::testing
