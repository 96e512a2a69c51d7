#include "manager/hold.hpp"

#include "manager/testing/desired_state.hpp"
#include "store/catalog/keys.hpp"

#include <gtest/gtest.h>

namespace reeve::manager {
namespace {

using namespace std::chrono_literals;
using testing::DesiredState;

class HoldTest : public ::testing::Test {
 protected:
  HoldTest() {
    state.start();
    begin();
  }
  ~HoldTest() override { end(); }

  void begin() {
    notices.emplace(state.loop, state.store);
    hold.emplace(state.loop, state.store, state.catalog, editor, *notices);
    auto started = state.loop.start(hold->start());
    state.loop.settle();
    EXPECT_TRUE(started.value());
  }
  void end() {
    auto kept = state.loop.start(hold->stop(1s));
    auto quiet = state.loop.start(notices->stop(1s));
    state.loop.advance(2s);
    EXPECT_TRUE(kept.is_done() && quiet.is_done());
    hold.reset();
  }
  Result<std::uint64_t> resume() {
    auto resumed = state.loop.start(hold->resume({}));
    state.loop.settle();
    return resumed.value();
  }
  std::size_t notice_count() {
    state.loop.settle();
    return state.catalog.snapshot()->notices.size();
  }
  std::vector<std::string> actions() {
    std::vector<std::string> found;
    auto snapshot = state.catalog.snapshot();
    for (const auto& item : snapshot->audit) found.push_back(item.value->index.action);
    return found;
  }

  DesiredState state;
  Editor editor{state.loop.clock(), state.store, state.catalog};
  std::optional<Notices> notices;
  std::optional<Hold> hold;
};

TEST_F(HoldTest, is_off_where_nothing_was_written_down) {
  EXPECT_FALSE(hold->is_on());
  EXPECT_TRUE(hold->may_push());
  EXPECT_EQ(resume().error().code, Errc::invalid);
}

TEST_F(HoldTest, lasts_over_a_restart_and_raises_one_notice) {
  hold->enter("the first reason");
  hold->enter("a second one");
  EXPECT_TRUE(hold->is_on());
  EXPECT_EQ(hold->may_push().error().code, Errc::unavailable);
  EXPECT_EQ(notice_count(), 1u);
  end();

  begin();
  EXPECT_TRUE(hold->is_on());
  EXPECT_EQ(hold->current()->reason, model::HoldReason::ahead);
  EXPECT_EQ(hold->current()->why, "the first reason");
  EXPECT_EQ(notice_count(), 1u);
}

TEST_F(HoldTest, of_a_restore_is_told_by_the_first_start) {
  end();
  model::ManagerHold restored;
  restored.why = "its store was restored";
  restored.since = state.loop.clock().wall();
  state.commit({{std::string(store::keys::kHold), store::bytes(json::encode_text(restored))}});

  begin();
  EXPECT_TRUE(hold->is_on());
  EXPECT_EQ(notice_count(), 1u);
}

TEST_F(HoldTest, ends_with_an_epoch_above_all_that_agents_have) {
  hold->enter("why");
  hold->note_epoch(7);
  hold->note_epoch(1'000'000'000);
  hold->note_unknown("n1", "10.0.0.1");
  EXPECT_EQ(hold->unknown_nodes().size(), 1u);
  state.loop.advance(1s);
  bool has_ended = false;
  hold->on_end([&] { has_ended = true; });

  EXPECT_EQ(resume(), 8u);
  EXPECT_TRUE(has_ended);
  EXPECT_FALSE(hold->is_on());
  EXPECT_TRUE(hold->was_released());
  EXPECT_TRUE(hold->unknown_nodes().empty());
  EXPECT_EQ(state.catalog.snapshot()->cluster->value.epoch, 8u);
  EXPECT_EQ(actions(), (std::vector<std::string>{"hold.enter", "hold.resume"}));
  end();

  begin();
  EXPECT_FALSE(hold->is_on());
}

}  // namespace
}  // namespace reeve::manager
