#include "agent/join.hpp"

#include "agent/testing/test_manager.hpp"
#include "sys/testing/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reeve::agent {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class JoinTest : public ::testing::Test {
 protected:
  ~JoinTest() override { loops.stop(); }

  JoinOrder order() {
    return {.token = manager.token(),
            .name = "node-1",
            .machine_id = "m-1",
            .key = net::make_request().value(),
            .managers = {manager.at()},
            .limit = 10s};
  }
  Result<Credentials> run(JoinOrder asked) {
    auto& loop = loops.at(0);
    return net::testing::run_on(loop, join(loop, std::move(asked)));
  }

  sys::SystemClock clock;
  net::IoLoops loops{clock, 1};
  testing::TestManager manager;
};

TEST_F(JoinTest, gets_a_certificate_for_its_own_key) {
  auto asked = order();

  auto joined = run(asked);

  ASSERT_TRUE(joined) << joined.error().what;
  EXPECT_EQ(joined->identity.node, "n1");
  EXPECT_EQ(joined->identity.cluster, "c1");
  EXPECT_EQ(joined->identity.server_name, "manager.c1");
  EXPECT_EQ(joined->identity.managers, std::vector{manager.at().to_string()});
  EXPECT_EQ(joined->key_pem, asked.key.key_pem);
  EXPECT_EQ(net::read_certificate(joined->certificate_pem)->key_fingerprint,
            net::request_key_fingerprint(asked.key.request_pem));
  ASSERT_EQ(manager.joins().size(), 1U);
  EXPECT_EQ(manager.joins()[0].machine_id, "m-1");
  EXPECT_EQ(manager.joins()[0].token, asked.token);
}

TEST_F(JoinTest, tells_no_secret_to_a_manager_of_another_ca) {
  testing::TestManager stranger;
  auto asked = order();
  asked.managers = {stranger.at()};

  auto joined = run(asked);

  EXPECT_FALSE(joined);
  EXPECT_TRUE(stranger.joins().empty());
}

TEST_F(JoinTest, says_what_was_refused_and_what_to_do) {
  struct Row {
    Errc code;
    Errc expected;
    std::string_view advice;
  };
  const std::vector<Row> rows{
      {Errc::unauthenticated, Errc::unauthenticated, "reeve join-token create"},
      {Errc::forbidden, Errc::forbidden, "reeve join-token create"},
      {Errc::exists, Errc::exists, "another name than \"node-1\""},
      {Errc::invalid, Errc::invalid, "the node's name"},
      {Errc::not_found, Errc::not_found, "the link's port (7701)"},
      {Errc::too_many, Errc::too_many, "wait a minute"},
      {Errc::unavailable, Errc::unavailable, "try again"},
  };
  for (const auto& row : rows) {
    manager.refuse_joins(Error{row.code, "because of the test", "", {}});

    auto joined = run(order());

    ASSERT_FALSE(joined);
    EXPECT_EQ(joined.error().code, row.expected) << joined.error().what;
    EXPECT_THAT(joined.error().what,
                HasSubstr("the manager refused the join: because of the test"));
    EXPECT_THAT(joined.error().what, HasSubstr(std::string(row.advice)));
  }
}

TEST_F(JoinTest, asks_the_next_manager_where_one_is_not_there) {
  auto asked = order();
  asked.managers.insert(asked.managers.begin(), net::Endpoint{"127.0.0.1", 1});

  auto joined = run(asked);

  EXPECT_TRUE(joined) << joined.error().what;
}

TEST_F(JoinTest, trusts_no_answer_that_is_not_whole_or_has_another_ca) {
  auto other = net::make_ca("other", clock.wall()).value();
  link::JoinAnswer answer{
      "n1", "node-1", "c1", "manager.c1", other.certificate_pem, other.certificate_pem, {}, {}};

  manager.changed_answer = answer;
  EXPECT_THAT(run(order()).error().what, HasSubstr("another CA"));
  answer.node.clear();
  manager.changed_answer = answer;
  EXPECT_THAT(run(order()).error().what, HasSubstr("not complete"));
}

TEST_F(JoinTest, refuses_a_token_that_is_none_without_quoting_it) {
  auto asked = order();
  asked.token = "hunter2";

  auto joined = run(asked);

  ASSERT_FALSE(joined);
  EXPECT_EQ(joined.error().code, Errc::invalid);
  EXPECT_EQ(joined.error().what.find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace reeve::agent
