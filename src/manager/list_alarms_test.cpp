#include "manager/list_alarms.hpp"

#include "manager/testing/desired_state.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reeve::manager {
namespace {

using namespace std::chrono_literals;
using testing::DesiredState;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ListAlarmsTest : public ::testing::Test {
 protected:
  ListAlarmsTest() {
    state.put_node("web-1");
    state.put_service("pay", {});
    state.start();
    word.service = state.catalog.snapshot()->services.find("pay")->get()->head().uid;
  }
  ~ListAlarmsTest() override {
    auto quiet = state.loop.start(notices.stop(1s));
    state.loop.advance(1s);
    EXPECT_TRUE(quiet.is_done());
  }

  void say() {
    fleet.reported(fleet.place(DesiredState::uid_of("web-1")), {word});
    state.loop.advance(1s);
  }
  std::vector<model::Notice> raised() {
    std::vector<model::Notice> all;
    auto snapshot = state.catalog.snapshot();
    for (const auto& item : snapshot->notices) all.push_back(item.value->value);
    return all;
  }
  std::vector<std::string> kinds() {
    std::vector<std::string> kinds;
    for (const auto& notice : raised()) kinds.push_back(notice.kind);
    return kinds;
  }
  void hook(int exit_code) {
    model::HookRun run;
    run.file = "/lists/pay.conf";
    run.argv = {"/bin/reload"};
    run.exit_code = exit_code;
    word.hooks = std::vector{run};
    say();
  }
  void drift(Duration ago, bool repaired) {
    model::FileDrift fact{"/lists/pay.conf", state.loop.clock().wall() - ago, repaired};
    word.drifted = std::vector{fact};
    say();
  }

  DesiredState state;
  Fleet fleet;
  NodeIndex nodes{state.catalog};
  Notices notices{state.loop, state.store};
  ListAlarms alarms{state.loop, state.catalog, nodes, fleet, notices};
  link::ListWord word;
};

TEST_F(ListAlarmsTest, a_list_that_fails_is_told_of_once_until_it_is_well_again) {
  word.error = "no space left";
  say();
  word.error = "no space left at all";
  say();
  EXPECT_THAT(kinds(), ElementsAre("list.failed"));
  EXPECT_EQ(raised()[0].title, "cannot publish pay on web-1");
  EXPECT_EQ(raised()[0].link, "/services/pay");

  word.error.reset();
  say();
  state.loop.advance(1h);
  word.error = "no space left";
  say();
  EXPECT_THAT(kinds(), ElementsAre("list.failed", "list.failed"));
}

TEST_F(ListAlarmsTest, a_program_that_fails_is_told_of) {
  hook(0);
  EXPECT_THAT(kinds(), IsEmpty());

  hook(3);
  hook(4);
  ASSERT_THAT(kinds(), ElementsAre("hook.failed"));
  EXPECT_THAT(raised()[0].text, HasSubstr("/bin/reload after a change of /lists/pay.conf"));
  EXPECT_THAT(raised()[0].text, HasSubstr("exit code 3"));
}

TEST_F(ListAlarmsTest, drift_is_told_of_but_not_again_after_a_restart_of_the_manager) {
  drift(1h, true);
  EXPECT_THAT(kinds(), IsEmpty());

  state.loop.advance(1min);
  drift(1s, true);
  say();
  ASSERT_THAT(kinds(), ElementsAre("file.drift"));
  EXPECT_THAT(raised()[0].text, HasSubstr("it was put back"));
}

}  // namespace
}  // namespace reeve::manager
