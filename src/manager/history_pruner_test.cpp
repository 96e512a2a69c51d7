#include "manager/history_pruner.hpp"

#include "manager/revisions_in_use.hpp"
#include "manager/testing/desired_state.hpp"
#include "store/catalog/keys.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <numeric>

namespace reeve::manager {
namespace {

using namespace std::chrono_literals;
using Revisions = std::vector<std::uint64_t>;

Revisions count_up(std::uint64_t from, std::uint64_t to) {
  Revisions all(to - from + 1);
  std::iota(all.begin(), all.end(), from);
  return all;
}

class HistoryPrunerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    state.start();
    pruner.start();
  }
  void TearDown() override {
    auto stopped = state.loop.start(pruner.stop(1s));
    state.loop.advance(1s);
    ASSERT_TRUE(stopped.is_done());
  }

  void edit(const std::string& service, int times) {
    for (int i = 0; i < times; ++i) state.put_service(service, {"10.0.0.1"});
  }
  Revisions stored(const std::string& service) {
    auto snapshot = state.catalog.snapshot();
    const auto* found = snapshot->revisions.find(state.uid_of(service));
    return found ? **found : Revisions();
  }
  void applies(const std::string& node, const std::string& service, std::uint64_t revision) {
    link::ListWord word;
    word.service = state.uid_of(service);
    word.applied = model::ListMark{revision, 1};
    fleet.applied(fleet.place(state.uid_of(node)), 1, {word});
  }

  testing::DesiredState state;
  Fleet fleet;
  HistoryPruner pruner{state.loop, state.store, state.catalog,
                       [this](const auto& service, const auto& snapshot) {
                         return revisions_in_use(service, snapshot, fleet);
                       },
                       KeptHistory{.revisions = 10, .revisions_in_doubt = 50, .notices = 5}};
};

TEST_F(HistoryPrunerTest, keeps_the_newest_revisions_of_each_service) {
  edit("pay", 100);
  edit("ship", 9);

  state.loop.advance(5min);

  EXPECT_EQ(stored("pay"), count_up(91, 100));
  EXPECT_EQ(stored("ship"), count_up(1, 9));
}

TEST_F(HistoryPrunerTest, never_prunes_a_revision_that_a_subscriber_has) {
  state.put_node("web-1");
  state.put_node("web-2");
  edit("pay", 100);
  state.subscribe("pay", {state.to_nodes({"web-1", "web-2", "never-joined"})});
  applies("web-1", "pay", 3);
  applies("web-2", "pay", 40);
  fleet.disconnected(state.uid_of("web-1"), {});

  state.loop.advance(5min);

  auto expected = count_up(91, 100);
  expected.insert(expected.begin(), {3, 40});
  EXPECT_EQ(stored("pay"), expected);

  applies("web-1", "pay", 100);
  edit("pay", 1);
  state.loop.advance(5min);
  expected = count_up(92, 101);
  expected.insert(expected.begin(), 40);
  EXPECT_EQ(stored("pay"), expected);
}

TEST_F(HistoryPrunerTest, prunes_nothing_while_it_is_not_known_what_a_subscriber_has) {
  state.put_node("web-1");
  edit("pay", 30);
  state.subscribe("pay", {state.to_nodes({"web-1"})});

  state.loop.advance(5min);
  EXPECT_EQ(stored("pay"), count_up(1, 30));

  applies("web-1", "pay", 30);
  edit("pay", 1);
  state.loop.advance(5min);
  auto expected = count_up(22, 31);
  EXPECT_EQ(stored("pay"), expected);
}

TEST_F(HistoryPrunerTest,
       one_silent_subscriber_stops_it_up_to_a_bound_and_never_takes_what_is_in_use) {
  state.put_node("web-1");
  state.put_node("gone-for-good");
  edit("pay", 60);
  state.subscribe("pay", {state.to_nodes({"web-1", "gone-for-good"})});
  applies("web-1", "pay", 3);

  state.loop.advance(5min);

  auto expected = count_up(11, 60);
  expected.insert(expected.begin(), 3);
  EXPECT_EQ(stored("pay"), expected);
}

TEST_F(HistoryPrunerTest, removes_all_that_a_gone_service_left) {
  edit("pay", 100);
  state.remove_service("pay");

  state.loop.advance(5min);

  EXPECT_EQ(stored("pay"), Revisions());
  auto listing = state.loop.start(state.store.list(std::string(store::keys::kContents)));
  state.loop.settle();
  EXPECT_TRUE(listing.value()->entries.empty());
}

TEST_F(HistoryPrunerTest, keeps_the_newest_notices) {
  for (int i = 0; i < 100; ++i) {
    model::Notice notice;
    notice.uid = fmt::format("{:04}", i);
    state.commit({{store::keys::notice(notice.uid), store::bytes(json::encode_text(notice))}});
  }

  state.loop.advance(5min);

  EXPECT_EQ(state.catalog.snapshot()->notices.size(), 5u);
  EXPECT_TRUE(state.catalog.snapshot()->notices.find("0095"));
}

TEST_F(HistoryPrunerTest, goes_on_after_a_full_disk) {
  edit("pay", 30);
  state.store.fail_next_commit({Errc::storage_full, "no space", "", {}});

  state.loop.advance(70s);
  EXPECT_EQ(stored("pay"), count_up(1, 30));
  state.loop.advance(5min);

  EXPECT_EQ(stored("pay"), count_up(21, 30));
}

}  // namespace
}  // namespace reeve::manager
