#include "agent/renewal.hpp"

#include "async/notifier.hpp"
#include "async/testing/virtual_loop.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reeve::agent {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr const char* kUri = "reeve://c1/node/n1";

/// A manager that answers each wish at once, while it is there.
class RenewalTest : public ::testing::Test {
 protected:
  ~RenewalTest() override {
    auto stopped = loop.start(renewal->stop(1s));
    loop.settle();
    EXPECT_TRUE(stopped.is_done());
  }

  WallTime now() const { return loop.clock().wall(); }
  std::string certify(const std::string& csr) {
    return net::sign_request(ca, csr, kUri, now()).value();
  }
  void start() {
    auto key = net::make_request().value();
    Credentials credentials{{"n1", "node-1", "c1", "manager.c1", {}, {}},
                            key.key_pem,
                            certify(key.request_pem),
                            ca.certificate_pem};
    RenewalSettings settings;
    settings.built = built;
    settings.randomness = [this] { return chance; };
    RenewalCalls calls;
    calls.send = [this](const link::Message& message) { heard(message); };
    calls.use = [this](auto) { ++used; };
    calls.keep = [this](Credentials next) { return keep(std::move(next)); };
    renewal = Renewal::make(loop, std::move(credentials), settings, std::move(calls)).value();
    renewal->start();
    loop.settle();
  }
  void heard(const link::Message& message) {
    if (!is_there) return;
    if (message.renewal_kept) acknowledged.push_back(message.renewal_kept->trusts);
    if (!message.renew) return;
    wishes.push_back(now());
    if (!answers) return;
    link::Renewed renewed{certify(message.renew->csr), bundle.value_or(ca.certificate_pem), {}};
    loop.post([this, renewed] { EXPECT_TRUE(renewal->on_renewed(renewed)); });
  }
  Task<Result<>> keep(Credentials next) {
    ++keeping;
    while (is_disk_slow) co_await disk.wait();
    --keeping;
    if (is_disk_full) co_return fail(Errc::storage_full, "no space left");
    kept.push_back(std::move(next));
    co_return Result<>();
  }

  async::testing::VirtualLoop loop;
  net::Identity ca = net::make_ca("test", now()).value();
  std::optional<std::string> bundle;
  WallTime built{};
  double chance = 0.0;
  bool is_there = true;
  bool answers = true;
  std::vector<WallTime> wishes;
  std::vector<Credentials> kept;
  std::vector<std::vector<std::string>> acknowledged;
  int used = 0;
  bool is_disk_full = false;
  bool is_disk_slow = false;
  async::Notifier disk{loop};
  int keeping = 0;  // at this moment
  std::unique_ptr<Renewal> renewal;
};

TEST_F(RenewalTest, asks_at_half_the_life_of_each_certificate_for_ever) {
  start();
  auto began = now();

  loop.advance(24h * 365);

  ASSERT_GE(wishes.size(), 24U);
  EXPECT_EQ(wishes[0] - began, 24h * 15);
  EXPECT_LE(wishes.size(), 25U);
  EXPECT_EQ(kept.size(), wishes.size());
  EXPECT_EQ(used, static_cast<int>(wishes.size()));
  auto newest = net::read_certificate(kept.back().certificate_pem);
  EXPECT_GT(newest->not_after, now() + 24h * 15 - 1h);
  EXPECT_EQ(kept.front().key_pem, kept.back().key_pem);
  EXPECT_EQ(acknowledged.size(), wishes.size());
}

TEST_F(RenewalTest, each_agent_has_its_own_moment) {
  chance = 1.0;
  start();
  loop.advance(24h * 17);
  EXPECT_TRUE(wishes.empty());
  loop.advance(24h * 2);
  EXPECT_EQ(wishes.size(), 1U);
}

TEST_F(RenewalTest, asks_again_after_a_while_and_at_once_when_it_is_welcomed) {
  is_there = false;
  start();
  loop.advance(24h * 15 + 2h);
  EXPECT_TRUE(wishes.empty());

  is_there = true;
  answers = false;
  renewal->on_welcome();
  loop.settle();
  EXPECT_EQ(wishes.size(), 1U);
  loop.advance(4min);
  EXPECT_EQ(wishes.size(), 1U);
  answers = true;
  loop.advance(2min);

  EXPECT_EQ(wishes.size(), 2U);
  EXPECT_EQ(kept.size(), 1U);
}

TEST_F(RenewalTest, follows_a_clock_that_is_set) {
  start();
  loop.jump_wall(24h * 16);
  loop.advance(1h);
  EXPECT_EQ(wishes.size(), 1U);
}

TEST_F(RenewalTest, a_clock_before_the_build_does_not_stop_it) {
  built = now() + 24h * 16;
  start();
  EXPECT_EQ(wishes.size(), 1U);
}

TEST_F(RenewalTest, does_not_ask_in_a_circle_where_the_managers_clock_is_wrong) {
  built = now() + 24h * 365;
  start();
  loop.advance(24h);
  EXPECT_LE(wishes.size(), 25U);
}

TEST_F(RenewalTest, gets_the_new_cas_within_minutes_when_the_manager_wants_it) {
  auto next = net::make_ca("next", now()).value();
  bundle = ca.certificate_pem + next.certificate_pem;
  chance = 0.5;
  start();

  renewal->on_wanted({5min, "the CAs have changed", {}});
  loop.settle();
  EXPECT_TRUE(wishes.empty());
  loop.advance(3min);

  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].ca_pem, *bundle);
  EXPECT_EQ(renewal->trusts().size(), 2U);
  ASSERT_EQ(acknowledged.size(), 1U);
  EXPECT_EQ(acknowledged[0], renewal->trusts());
}

TEST_F(RenewalTest, has_one_wish_under_way_and_asks_again_for_what_was_wanted_meanwhile) {
  answers = false;
  start();
  for (int i = 0; i < 3; ++i) {
    renewal->on_wanted({0s, "the CAs have changed", {}});
    loop.settle();
  }
  EXPECT_EQ(wishes.size(), 1U);

  answers = true;
  EXPECT_TRUE(renewal->on_renewed({certify(renewal->request()->csr), ca.certificate_pem, {}}));
  loop.settle();
  EXPECT_EQ(wishes.size(), 2U) << "the answer may be of before the CAs changed the last time";
  EXPECT_EQ(kept.size(), 2U);
  loop.advance(24h);
  EXPECT_EQ(wishes.size(), 2U);
}

TEST_F(RenewalTest, claims_no_cas_that_it_would_not_have_after_a_restart) {
  start();
  auto before = renewal->trusts();
  is_disk_full = true;
  auto next = net::make_ca("next", now()).value();
  bundle = ca.certificate_pem + next.certificate_pem;

  renewal->on_wanted({0min, "the CAs have changed", {}});
  loop.advance(10min);

  EXPECT_EQ(used, 1);
  EXPECT_EQ(renewal->trusts(), before);
  EXPECT_TRUE(acknowledged.empty());

  is_disk_full = false;
  loop.advance(1min);

  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].ca_pem, *bundle);
  EXPECT_EQ(renewal->trusts().size(), 2U);
  ASSERT_EQ(acknowledged.size(), 1U);
  EXPECT_EQ(acknowledged[0], renewal->trusts());
}

TEST_F(RenewalTest, keeps_the_newest_last_however_slow_the_disk_is) {
  start();
  is_disk_slow = true;
  std::string newest;
  for (int i = 0; i < 3; ++i) {
    newest = certify(renewal->request()->csr);
    EXPECT_TRUE(renewal->on_renewed({newest, ca.certificate_pem, {}}));
    loop.settle();
    EXPECT_EQ(keeping, 1);
  }

  is_disk_slow = false;
  disk.notify_all();
  loop.settle();

  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept.back().certificate_pem, newest);
}

TEST_F(RenewalTest, takes_no_certificate_of_another_key_or_node) {
  start();
  auto other = net::make_request().value();
  auto wrong_key = renewal->on_renewed({certify(other.request_pem), ca.certificate_pem, {}});
  EXPECT_THAT(wrong_key.error().what, HasSubstr("another key"));

  auto csr = renewal->request()->csr;
  auto stranger = net::sign_request(ca, csr, "reeve://c1/node/n2", now()).value();
  auto wrong_node = renewal->on_renewed({stranger, ca.certificate_pem, {}});
  EXPECT_THAT(wrong_node.error().what, HasSubstr("but this node is \"reeve://c1/node/n1\""));
  EXPECT_FALSE(renewal->on_renewed({"", "", {}}));
  EXPECT_FALSE(renewal->on_renewed({certify(csr), "no CA", {}}));
  EXPECT_TRUE(kept.empty());
  EXPECT_EQ(used, 0);
}

}  // namespace
}  // namespace reeve::agent
