// What the API answers while nothing is pushed.
#include "manager/hold.hpp"

#include "base/log.hpp"
#include "manager/api/testing/harness.hpp"
#include "manager/api/types.hpp"

namespace reeve::manager::api {
namespace {

class HoldApiTest : public testing::ApiTest {
 protected:
  HoldApiTest() {
    add_node("web-1");
    add_node("web-2");
    put_service("pay", {"10.0.0.1"}, R"(,"subscriptions":[{"nodes":["web-1","web-2"]}])");
    fleet->connected("uid-web-1", "10.1.0.1", "1", loop.clock().wall());
    fleet->reported(fleet->place("uid-web-1"), {{"gone", model::ListMark{4, 90}, {}, {}, {}, {}}});
  }
};

TEST_F(HoldApiTest, is_off_by_itself) {
  EXPECT_FALSE(as<HoldStatus>(ask("GET", "/hold")).is_on);
  EXPECT_FALSE(as<Status>(ask("GET", "/status")).hold);
  EXPECT_EQ(ask("POST", "/resume").status, 400);
}

TEST_F(HoldApiTest, shows_what_nodes_have_beside_what_they_would_get) {
  hold->enter("a reason");
  hold->note_unknown("uid-late", "10.1.0.9");

  auto shown = as<HoldStatus>(ask("GET", "/hold"));
  EXPECT_TRUE(shown.is_on);
  EXPECT_EQ(shown.mark->why, "a reason");
  EXPECT_EQ(shown.differences, 2u);
  EXPECT_EQ(shown.missing, std::vector<std::string>{"web-2"});
  ASSERT_EQ(shown.unknown.size(), 1u);
  EXPECT_EQ(shown.unknown[0].uid, "uid-late");
  EXPECT_EQ(shown.tokens.size(), 3u);
  EXPECT_EQ(as<Status>(ask("GET", "/status")).hold->why, "a reason");

  auto items = value_of(ask("GET", "/hold/differences")).at("items").as_array();
  ASSERT_EQ(items.size(), 2u);
  for (const auto& item : items) {
    auto one = json::decode<HoldDifference>(item, json::Mode::strict).value();
    EXPECT_EQ(one.node, "web-1");
    EXPECT_EQ(one.has.has_value(), one.service.empty());
    EXPECT_EQ(one.would_get.has_value(), one.service == "pay");
  }
}

TEST_F(HoldApiTest, comes_in_pages) {
  hold->enter("a reason");
  auto first = value_of(ask("GET", "/hold/differences?limit=1"));
  ASSERT_EQ(first.at("items").as_array().size(), 1u);
  auto cursor = std::string(first.at("next").as_string());
  auto second =
      value_of(ask("GET", "/hold/differences?limit=1&cursor=" + net::percent_encode(cursor)));
  ASSERT_EQ(second.at("items").as_array().size(), 1u);
  EXPECT_NE(first.at("items"), second.at("items"));
  EXPECT_TRUE(second.at("next").is_null());
}

TEST_F(HoldApiTest, takes_edits_and_refuses_what_pushes) {
  hold->enter("a reason");
  EXPECT_EQ(ask("PATCH", "/services/pay", R"({"description":"mended"})").status, 200);
  for (const char* path : {"/services/pay/push", "/ca/rotate", "/ca/finish"})
    EXPECT_EQ(ask("POST", path).status, 503) << path;
}

TEST_F(HoldApiTest, a_push_that_it_refuses_is_no_error_of_the_managers) {
  hold->enter("a reason");
  log::flush();
  ::testing::internal::CaptureStderr();
  ask("POST", "/services/pay/push");
  log::flush();

  auto lines = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(lines.find(" warning a request failed"), std::string::npos) << lines;
  EXPECT_EQ(lines.find(" error "), std::string::npos) << lines;
}

TEST_F(HoldApiTest, ends_with_a_higher_epoch_by_an_administrators_word) {
  hold->enter("a reason");
  auto forbidden = send(make("POST", "/api/v1/resume", "", tokens[model::Role::operator_], {}));
  EXPECT_EQ(forbidden.status, 403);
  auto epoch = as<ResumeAnswer>(ask("POST", "/resume")).epoch;
  EXPECT_EQ(epoch, 2u);
  EXPECT_FALSE(as<HoldStatus>(ask("GET", "/hold")).is_on);
  EXPECT_EQ(as<Status>(ask("GET", "/status")).cluster.epoch, epoch);
}

}  // namespace
}  // namespace reeve::manager::api
