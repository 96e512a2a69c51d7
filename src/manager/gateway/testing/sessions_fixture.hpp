// The sessions over a store in memory, in virtual time, with the parts that they work with. For
// tests, which put nodes and services into the state and start it.
#pragma once

#include "manager/departures.hpp"
#include "manager/gateway/sessions.hpp"
#include "manager/gateway/testing/fake_agent.hpp"
#include "manager/testing/desired_state.hpp"

#include <gtest/gtest.h>

namespace reeve::manager::testing {

class SessionsFixture : public ::testing::Test {
 protected:
  void TearDown() override {
    constexpr Duration kLimit = std::chrono::seconds(1);
    auto stopped = state.loop.start(sessions.stop(kLimit));
    auto quiet = state.loop.start(notices.stop(kLimit));
    auto kept = state.loop.start(hold.stop(kLimit));
    auto left = state.loop.start(departures.stop(kLimit));
    state.loop.advance(2 * kLimit);
    EXPECT_TRUE(stopped.is_done() && quiet.is_done() && kept.is_done() && left.is_done());
  }

  static std::string uid(const std::string& name) { return DesiredState::uid_of(name); }

  std::vector<model::Notice> raised() {
    state.loop.settle();
    std::vector<model::Notice> found;
    auto snapshot = state.catalog.snapshot();
    for (const auto& item : snapshot->notices) found.push_back(item.value->value);
    return found;
  }

  DesiredState state;
  NodeIndex nodes{state.catalog};
  Planner planner{state.catalog};
  Fleet fleet;
  Notices notices{state.loop, state.store};
  Editor editor{state.loop.clock(), state.store, state.catalog};
  Hold hold{state.loop, state.store, state.catalog, editor, notices};
  Departures departures{state.loop, state.catalog, fleet, editor};
  Sessions sessions{state.loop, state.cluster, state.catalog, nodes, planner, fleet, notices, hold};
};

}  // namespace reeve::manager::testing
