#include "supervise/plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reeve::supervise {
namespace {

using keeper::State;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

keeper::Report report_of(const std::string& name, State state, std::int64_t mark = 1) {
  keeper::Report report;
  report.name = name;
  report.state = state;
  report.mark = mark;
  return report;
}

std::vector<Step> steps_for(const Wanted& wanted, State state) {
  return work_out({{"web", wanted}}, {}, {{"web", report_of("web", state)}});
}

TEST(Plan, hands_over_what_the_keeper_does_not_have_and_starts_what_shall_run) {
  std::map<std::string, Wanted> wanted{
      {"a", {1, true, false}}, {"b", {1, false, false}}, {"c", {1, true, true}}};

  EXPECT_THAT(work_out(wanted, {}, {}), ElementsAre(Step{Deed::set_and_start, "a"},
                                                    Step{Deed::set, "b"}, Step{Deed::set, "c"}));
}

TEST(Plan, asks_nothing_where_all_is_as_it_shall_be) {
  for (auto state : {State::starting, State::running, State::backoff, State::exited, State::fatal})
    EXPECT_THAT(steps_for({1, true, false}, state), IsEmpty());
  EXPECT_THAT(steps_for({1, true, true}, State::stopped), IsEmpty());
  EXPECT_THAT(steps_for({1, false, false}, State::stopped), IsEmpty());
}

TEST(Plan, hands_another_spec_to_a_process_that_goes_on) {
  EXPECT_THAT(steps_for({2, true, false}, State::running), ElementsAre(Step{Deed::set, "web"}));
}

TEST(Plan, starts_again_what_the_end_of_the_keeper_has_stopped) {
  EXPECT_THAT(steps_for({1, true, false}, State::stopped), ElementsAre(Step{Deed::start, "web"}));
}

TEST(Plan, stops_what_somebody_stopped_before_the_agent_was_killed) {
  for (auto state : {State::starting, State::running, State::backoff})
    EXPECT_THAT(steps_for({1, true, true}, state), ElementsAre(Step{Deed::stop, "web"}));
  EXPECT_THAT(steps_for({1, true, true}, State::stopping), IsEmpty());
}

TEST(Plan, stops_and_then_removes_what_nobody_wants) {
  Reports reports{{"a", report_of("a", State::running)},
                  {"b", report_of("b", State::stopping)},
                  {"c", report_of("c", State::backoff)},
                  {"d", report_of("d", State::running)}};

  EXPECT_THAT(work_out({}, {"d"}, reports),
              ElementsAre(Step{Deed::stop, "a"}, Step{Deed::remove, "c"}));
}

}  // namespace
}  // namespace reeve::supervise
