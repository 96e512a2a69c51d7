#include "manager/api/testing/harness.hpp"
#include "model/service.hpp"

namespace reeve::manager::api {
namespace {

using model::Instance;
using model::Status;

class InstancesTest : public testing::ApiTest {
 protected:
  std::uint64_t revision() { return as<model::Service>(ask("GET", "/services/pay")).revision; }
};

TEST_F(InstancesTest, status_is_a_hold_of_the_operator_and_raises_no_revision) {
  put_service("pay", {"10.0.0.1", "10.0.0.2"});

  auto off =
      as<Instance>(ask("PATCH", "/services/pay/instances/10.0.0.1:80", R"({"status":"offline"})"));

  EXPECT_EQ(off.status, Status::offline);
  ASSERT_EQ(off.holds.size(), 1u);
  EXPECT_EQ(off.holds[0].by, model::Holder::operator_);
  EXPECT_EQ(off.holds[0].who, "administrator-token");
  EXPECT_EQ(revision(), 1u);

  auto on =
      as<Instance>(ask("PATCH", "/services/pay/instances/10.0.0.1:80", R"({"status":"online"})"));
  EXPECT_TRUE(on.holds.empty());
  EXPECT_EQ(revision(), 1u);
}

TEST_F(InstancesTest, weight_is_an_edit_and_raises_the_revision) {
  put_service("pay", {"10.0.0.1", "10.0.0.2"});

  auto patched =
      as<Instance>(ask("PATCH", "/services/pay/instances/10.0.0.1:80", R"({"weight":7})"));

  EXPECT_EQ(patched.weight, 7);
  EXPECT_EQ(revision(), 2u);
}

TEST_F(InstancesTest, put_adds_one_and_leaves_the_others) {
  put_service("pay", {"10.0.0.1"});

  auto added = ask("PUT", "/services/pay/instances/10.0.0.2:81", R"({"weight":5})");
  auto same = ask("PUT", "/services/pay/instances/10.0.0.2:81", R"({"weight":5})");

  EXPECT_EQ(added.status, 201);
  EXPECT_EQ(same.status, 200);
  EXPECT_EQ(revision(), 2u);
  EXPECT_EQ(as<model::Service>(ask("GET", "/services/pay")).instances.size(), 2u);
}

TEST_F(InstancesTest, any_spelling_of_an_address_finds_it) {
  put_service("pay", {"2001:db8::1"});

  EXPECT_EQ(ask("GET", "/services/pay/instances/[2001:DB8:0:0::1]:80").status, 200);
  EXPECT_EQ(ask("GET", "/services/pay/instances/%5B2001%3Adb8%3A%3A1%5D%3A80").status, 200);
  EXPECT_EQ(ask("GET", "/services/pay/instances/10.0.0.9:80").status, 404);
  EXPECT_EQ(ask("GET", "/services/pay/instances/web1:80").status, 400);
  EXPECT_EQ(ask("GET", "/services/pay/instances/10.0.0.1:0").status, 400);
  EXPECT_EQ(ask("GET", "/services/pay/instances/10.0.0.1:70000").status, 400);
}

TEST_F(InstancesTest, the_body_must_mean_the_instance_in_the_path) {
  put_service("pay", {"10.0.0.1"});

  auto refused =
      ask("PUT", "/services/pay/instances/10.0.0.2:80", R"({"ip":"10.0.0.3","port":80})");

  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(error_field(refused), "/ip");
  EXPECT_EQ(ask("PATCH", "/services/pay/instances/10.0.0.2:80", "{}").status, 404);
  EXPECT_EQ(ask("PUT", "/services/other/instances/10.0.0.2:80", "{}").status, 404);
}

TEST_F(InstancesTest, other_holders_holds_stay) {
  put_service("pay", {"10.0.0.1", "10.0.0.2"});
  auto uid = as<model::Service>(ask("GET", "/services/pay")).uid;
  model::StoredLive live;
  live.held.push_back({"10.0.0.1:80", {{model::Holder::maintenance, "m", "", {}, {}}}});
  commit({{store::keys::live(uid), store::bytes(json::encode_text(live))}});

  ask("PATCH", "/services/pay/instances/10.0.0.1:80", R"({"status":"offline"})");
  auto both = as<Instance>(ask("GET", "/services/pay/instances/10.0.0.1:80"));
  ask("PATCH", "/services/pay/instances/10.0.0.1:80", R"({"status":"online"})");
  auto one = as<Instance>(ask("GET", "/services/pay/instances/10.0.0.1:80"));

  EXPECT_EQ(both.holds.size(), 2u);
  ASSERT_EQ(one.holds.size(), 1u);
  EXPECT_EQ(one.holds[0].by, model::Holder::maintenance);
  EXPECT_EQ(one.status, Status::offline);
}

TEST_F(InstancesTest, an_instance_that_returns_begins_without_its_old_hold) {
  put_service("pay", {"10.0.0.1", "10.0.0.2"});
  ask("PATCH", "/services/pay/instances/10.0.0.1:80", R"({"status":"offline"})");

  EXPECT_EQ(ask("DELETE", "/services/pay/instances/10.0.0.1:80").status, 204);
  ask("PUT", "/services/pay/instances/10.0.0.1:80", "{}");

  EXPECT_EQ(as<Instance>(ask("GET", "/services/pay/instances/10.0.0.1:80")).status, Status::online);
}

TEST_F(InstancesTest, lists_go_by_address_in_pages) {
  put_service("pay", {"10.0.0.3", "10.0.0.1", "2001:db8::1", "10.0.0.2"});

  auto first = value_of(ask("GET", "/services/pay/instances?limit=3"));
  auto second = value_of(ask("GET", "/services/pay/instances?limit=3&cursor=" +
                                        std::string(first.at("next").as_string())));

  EXPECT_EQ(first.at("items").at(0).at("ip"), "10.0.0.1");
  EXPECT_EQ(first.at("items").at(2).at("ip"), "10.0.0.3");
  EXPECT_EQ(second.at("items").at(0).at("ip"), "2001:db8::1");
  EXPECT_TRUE(second.at("next").is_null());
}

}  // namespace
}  // namespace reeve::manager::api
