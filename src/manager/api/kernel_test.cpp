// What people can do with a kernel service by way of the API.
#include "manager/api/testing/harness.hpp"
#include "manager/api/types.hpp"
#include "manager/kernel_services.hpp"

namespace reeve::manager::api {
namespace {

using namespace std::chrono_literals;
using model::Role;

constexpr const char* kPath = "/services/node_manager";
constexpr const char* kInstance = "/services/node_manager/instances/10.0.0.1:7710";

class KernelTest : public testing::ApiTest {
 protected:
  KernelTest() {
    add_node("web-1");
    kernel.emplace(loop, *catalog, *fleet, *editor, notices, [] { return false; });
    starts.start(kernel->start());
    fleet->connected("uid-web-1", "10.0.0.1:40000", "1.0.0", loop.clock().wall());
    loop.advance(5s);
  }
  ~KernelTest() override {
    auto stopped = loop.start(kernel->stop(1s));
    loop.settle();
    EXPECT_TRUE(stopped.is_done());
  }

  net::Response ask_as(Role role, std::string_view method, std::string path,
                       std::string body = {}) {
    return send(make(method, "/api/v1" + std::move(path), std::move(body), tokens[role], {}));
  }

  Notices notices{loop, *store};
  async::TaskGroup starts{loop, "starts"};
  std::optional<KernelServices> kernel;
};

TEST_F(KernelTest, administrators_see_it) {
  EXPECT_EQ(ask("GET", kPath).status, 200);
  EXPECT_EQ(ask("GET", kInstance).status, 200);
  EXPECT_EQ(value_of(ask("GET", "/services")).at("items").as_array().size(), 2u);
}

TEST_F(KernelTest, for_all_others_it_is_not_there) {
  for (auto role : {Role::viewer, Role::operator_}) {
    for (const char* more :
         {"", "/instances", "/instances/10.0.0.1:7710", "/subscribers", "/subscribers/web-1"})
      EXPECT_EQ(ask_as(role, "GET", std::string(kPath) + more).status, 404) << more;
    EXPECT_TRUE(value_of(ask_as(role, "GET", "/services")).at("items").as_array().empty());
  }
  auto as_operator = [&](std::string_view method, std::string path, std::string body = {}) {
    return ask_as(Role::operator_, method, std::move(path), std::move(body)).status;
  };
  EXPECT_EQ(as_operator("PUT", kPath, R"({"instances":[]})"), 404);
  EXPECT_EQ(as_operator("PATCH", "/services/Node_Manager", "{}"), 404);
  EXPECT_EQ(as_operator("DELETE", kPath), 404);
  EXPECT_EQ(as_operator("POST", std::string(kPath) + "/push"), 404);
  EXPECT_EQ(as_operator("PUT", std::string(kPath) + "/subscribers/web-1", "{}"), 404);
  EXPECT_EQ(as_operator("PATCH", kInstance, R"({"status":"offline"})"), 404);
}

TEST_F(KernelTest, nobody_edits_or_deletes_it_by_hand) {
  auto patched = ask("PATCH", kPath, R"({"description":"mine"})");
  EXPECT_EQ(patched.status, 403);
  EXPECT_NE(patched.body.view().find("follows the nodes"), std::string_view::npos);
  EXPECT_EQ(ask("PATCH", kInstance, R"({"status":"offline"})").status, 403);
  EXPECT_EQ(ask("DELETE", std::string(kInstance) + "?force=true").status, 403);
  EXPECT_EQ(ask("PUT", kPath, R"({"instances":[{"ip":"10.9.9.9","port":80}]})").status, 403);
  EXPECT_EQ(ask("DELETE", kPath).status, 403);
  EXPECT_EQ(ask("DELETE", std::string(kPath) + "?cascade=true&dry_run=true").status, 403);
}

TEST_F(KernelTest, an_administrator_edits_who_subscribes) {
  EXPECT_EQ(ask("PUT", std::string(kPath) + "/subscribers/web-1", "{}").status, 201);
  EXPECT_EQ(ask("GET", std::string(kPath) + "/subscribers/web-1").status, 200);
  EXPECT_EQ(ask("POST", std::string(kPath) + "/push").status, 202);
  EXPECT_EQ(ask("DELETE", std::string(kPath) + "/subscribers/web-1").status, 204);
  auto subscribe = std::string(kPath) + "/subscribe";
  EXPECT_EQ(ask("POST", subscribe, R"({"selector":{"role":"web"}})").status, 200);
}

TEST_F(KernelTest, nobody_else_sees_in_the_status_or_in_hold_what_nodes_have_of_it) {
  auto own = std::string(kPath) + "/subscribers/web-1";
  ask("PUT", own, "{}");
  auto count = [&](Role role) { return as<Status>(ask_as(role, "GET", "/status")); };
  EXPECT_EQ(count(Role::administrator).subscribers.total, 1u);
  EXPECT_EQ(count(Role::viewer).subscribers.total, 0u);

  hold->enter("a reason");
  auto differences = [&](Role role) {
    auto listed = value_of(ask_as(role, "GET", "/hold/differences"));
    auto counted = as<HoldStatus>(ask_as(role, "GET", "/hold")).differences;
    EXPECT_EQ(listed.at("items").as_array().size(), counted);
    return counted;
  };
  EXPECT_EQ(differences(Role::administrator), 1u);
  EXPECT_EQ(differences(Role::viewer), 0u);

  ask("DELETE", own + "?remove_file=true");
  EXPECT_EQ(count(Role::administrator).unconfirmed_count, 1u);
  EXPECT_EQ(count(Role::operator_).unconfirmed_count, 0u);
}

}  // namespace
}  // namespace reeve::manager::api
