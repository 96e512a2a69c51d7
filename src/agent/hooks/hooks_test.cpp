#include "agent/hooks/hooks.hpp"

#include "async/testing/virtual_loop.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace reeve::agent {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class HooksTest : public ::testing::Test {
 protected:
  HooksTest() {
    HookSettings settings;
    settings.allowed = {{{"/bin/reload", "-q"}, "www"}, {{"/bin/other"}, std::nullopt}};
    settings.randomness = [] { return 1.0; };
    hooks.emplace(
        loop, std::move(settings), [this](HookCommand command) { return run(std::move(command)); },
        [this](const HookWish& wish, model::HookRun run) {
          digests.push_back(wish.digest);
          runs.push_back(std::move(run));
        });
  }
  ~HooksTest() override {
    auto stopped = loop.start(hooks->stop(1h));
    loop.advance(1s);
    EXPECT_TRUE(stopped.is_done());
  }

  Task<HookEnd> run(HookCommand command) {
    commands.push_back(std::move(command));
    ++running;
    most = std::max(most, running);
    [[maybe_unused]] auto slept = co_await loop.sleep_for(takes);
    --running;
    co_return HookEnd{.exit_code = exit_code};
  }
  void change(const std::string& digest, std::vector<std::string> argv = {"/bin/reload", "-q"},
              const std::string& file = "/a") {
    hooks->want({"uid", "pay", file, std::move(argv), 1s, 7, digest});
  }
  void owe(const std::string& digest, std::vector<std::string> argv = {"/bin/reload", "-q"},
           std::uint64_t revision = 7) {
    hooks->want({"uid", "pay", "/a", std::move(argv), 1s, revision, digest, false});
  }

  async::testing::VirtualLoop loop;
  std::vector<HookCommand> commands;
  std::vector<std::string> digests;
  std::vector<model::HookRun> runs;
  int running = 0;
  int most = 0;
  Duration takes = 100ms;
  int exit_code = 0;
  std::optional<Hooks> hooks;
};

TEST_F(HooksTest, several_changes_within_the_debounce_are_one_run_for_the_newest) {
  change("one");
  loop.advance(600ms);
  change("two");
  loop.advance(300ms);
  EXPECT_TRUE(runs.empty());
  loop.advance(300ms);

  EXPECT_THAT(digests, ElementsAre("two"));
  EXPECT_TRUE(runs[0].is_well());
  EXPECT_EQ(commands[0].run_as, "www");
  EXPECT_THAT(commands[0].environment, Contains("REEVE_SERVICE=pay"));
  EXPECT_THAT(commands[0].environment, Contains("REEVE_FILE=/a"));
  EXPECT_THAT(commands[0].environment, Contains("REEVE_REVISION=7"));
  EXPECT_TRUE(hooks->is_idle());
}

TEST_F(HooksTest, a_change_during_a_run_is_one_more_run_afterwards) {
  takes = 10s;
  change("one");
  loop.advance(2s);
  change("two");
  change("three");
  loop.advance(20s);

  EXPECT_THAT(digests, ElementsAre("one", "three"));
  EXPECT_EQ(most, 1);
}

TEST_F(HooksTest, a_run_that_is_still_owed_is_served_by_the_one_under_way) {
  takes = 10s;
  change("one");
  loop.advance(2s);
  owe("one");
  loop.advance(20s);
  EXPECT_THAT(digests, ElementsAre("one"));

  exit_code = 1;
  change("two");
  loop.advance(12s);
  exit_code = 0;
  owe("two");
  EXPECT_EQ(runs.size(), 2u) << "its retry is waited for";
  loop.advance(1min);
  EXPECT_THAT(digests, ElementsAre("one", "two", "two"));
}

TEST_F(HooksTest, a_run_that_is_still_owed_with_another_program_is_one_more) {
  takes = 10s;
  change("one");
  loop.advance(2s);
  owe("one", {"/bin/other"});
  loop.advance(1min);

  ASSERT_EQ(commands.size(), 2u);
  EXPECT_THAT(commands[1].argv, ElementsAre("/bin/other"));
}

TEST_F(HooksTest, a_later_revision_of_the_same_text_waits_for_no_retry) {
  exit_code = 1;
  change("one");
  loop.advance(2s);
  ASSERT_EQ(runs.size(), 1u);

  exit_code = 0;
  owe("one", {"/bin/reload", "-q"}, 8);
  loop.advance(2s);

  EXPECT_EQ(runs.size(), 2u);
}

TEST_F(HooksTest, a_run_settles_nothing_for_a_text_that_was_put_back_during_it) {
  takes = 10s;
  change("one");
  loop.advance(2s);
  change("one");
  loop.advance(1min);

  EXPECT_THAT(digests, ElementsAre("", "one"));
}

TEST_F(HooksTest, files_do_not_wait_for_each_other_but_only_so_many_run_at_once) {
  takes = 10s;
  for (int i = 0; i < 6; ++i) change("x", {"/bin/other"}, "/" + std::to_string(i));
  loop.advance(2s);
  EXPECT_EQ(running, static_cast<int>(Hooks::kMost));

  loop.advance(30s);
  EXPECT_EQ(runs.size(), 6U);
  EXPECT_EQ(most, static_cast<int>(Hooks::kMost));
}

TEST_F(HooksTest, one_that_failed_is_tried_again_ever_more_rarely_until_it_goes_well) {
  exit_code = 1;
  change("one");
  loop.advance(2s);
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_FALSE(runs[0].is_well());

  loop.advance(1h);
  EXPECT_GT(runs.size(), 10U);
  EXPECT_LT(runs.size(), 30U);

  exit_code = 0;
  loop.advance(10min);
  EXPECT_TRUE(runs.back().is_well());
  EXPECT_TRUE(hooks->is_idle());
}

TEST_F(HooksTest, a_change_does_not_wait_for_the_retry) {
  exit_code = 1;
  change("one");
  loop.advance(1h);
  exit_code = 0;
  change("two");
  loop.advance(2s);

  EXPECT_EQ(digests.back(), "two");
}

TEST_F(HooksTest, what_the_node_does_not_allow_is_not_run_and_told_how_to_allow) {
  change("one", {"/bin/reload"});
  change("one", {"/bin/reload", "-q", "-q"});
  loop.advance(1h);

  EXPECT_TRUE(commands.empty());
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_THAT(runs[0].error.value_or(""), HasSubstr(R"(hooks: [{command: ["/bin/reload"]}])"));
  EXPECT_EQ(runs[0].ended, std::nullopt);
}

TEST_F(HooksTest, a_service_that_goes_takes_what_waits_with_it) {
  change("one");
  hooks->forget("uid");
  loop.advance(1h);

  EXPECT_TRUE(commands.empty());
  EXPECT_TRUE(hooks->is_idle());
}

TEST(HookRule, wants_an_absolute_path) {
  EXPECT_TRUE(json::decode_text<HookRule>(R"({"command":["/bin/a",""]})", json::Mode::strict));
  EXPECT_FALSE(json::decode_text<HookRule>(R"({"command":["a"]})", json::Mode::strict));
  EXPECT_FALSE(json::decode_text<HookRule>(R"({"run_as":"a"})", json::Mode::strict));
}

}  // namespace
}  // namespace reeve::agent
