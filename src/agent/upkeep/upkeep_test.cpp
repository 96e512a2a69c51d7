#include "agent/testing/life.hpp"
#include "agent/testing/specs.hpp"
#include "agent/upkeep/file_watch.hpp"
#include "agent/upkeep/hook_marks.hpp"
#include "agent/upkeep/repair_budget.hpp"
#include "sys/testing/faulty_files.hpp"
#include "sys/testing/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

namespace reeve::agent {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Life;
using ::testing::SizeIs;
using testing::spec_of;
using testing::upsert;

class UpkeepTest : public ::testing::Test {
 protected:
  UpkeepTest() { fs::create_directories(paths.folder()); }

  fs::path file() { return paths.lists() / "a.conf"; }
  std::string read() {
    std::ifstream in(file());
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& text) { std::ofstream(file(), std::ios::trunc) << text; }

  static link::Upsert list(std::uint64_t version, model::Output output = {}) {
    auto list = testing::list("a", version);
    list.outputs = {std::move(output)};
    return upsert(std::move(list));
  }
  static model::Output hooked() {
    model::Output output;
    output.on_change = std::vector<std::string>{"/bin/reload"};
    return output;
  }
  static model::Output reported() {
    model::Output output;
    output.drift = model::Drift::report;
    return output;
  }
  static void look(Life& life) {
    life.applier->suspect({"a"});
    life.settle();
  }
  static std::vector<model::FileDrift> drift(const Life& life) {
    return life.applier->words().front().drifted.value_or(std::vector<model::FileDrift>());
  }
  /// As if the program had gone well.
  static void run(Life& life) {
    model::HookRun run;
    run.file = life.hooks.back().file;
    run.exit_code = 0;
    life.applier->on_hook(life.hooks.back(), run);
    life.settle();
  }

  sys::testing::TempFolder folder;
  Paths paths{folder.path()};
  sys::testing::FaultyFiles files;
};

TEST_F(UpkeepTest, a_file_that_somebody_changed_is_put_back_and_told_of) {
  Life life(files, paths);
  life.apply(spec_of(5, {list(4)}));
  life.settle();
  look(life);
  EXPECT_THAT(drift(life), IsEmpty());

  write("by hand");
  look(life);

  EXPECT_THAT(read(), HasSubstr(R"("port":4)"));
  ASSERT_THAT(drift(life), SizeIs(1));
  EXPECT_TRUE(drift(life)[0].repaired);
  ASSERT_TRUE(life.words.back().drifted);
}

TEST_F(UpkeepTest, a_file_that_is_gone_at_a_start_has_drifted_too) {
  {
    Life first(files, paths);
    first.apply(spec_of(5, {list(4)}));
    first.settle();
  }
  fs::remove(file());

  Life second(files, paths);
  second.settle();

  EXPECT_THAT(read(), HasSubstr(R"("port":4)"));
  EXPECT_THAT(drift(second), SizeIs(1));
}

TEST_F(UpkeepTest, a_file_before_its_first_write_has_not_drifted) {
  Life life(files, paths);
  fs::create_directories(paths.lists());
  write("from before reeve");
  life.apply(spec_of(5, {list(4)}));
  life.settle();

  EXPECT_THAT(drift(life), IsEmpty());
  EXPECT_TRUE(fs::exists(paths.lists() / "a.conf.before-reeve"));
}

TEST_F(UpkeepTest, drift_that_is_only_reported_stays_until_the_list_changes) {
  Life life(files, paths);
  life.apply(spec_of(5, {list(4, reported())}));
  life.settle();
  write("by hand");
  look(life);
  look(life);

  EXPECT_EQ(read(), "by hand");
  ASSERT_THAT(drift(life), SizeIs(1));
  EXPECT_FALSE(drift(life)[0].repaired);

  life.apply(spec_of(6, {list(6, reported())}));
  EXPECT_THAT(read(), HasSubstr(R"("port":6)"));
}

TEST_F(UpkeepTest, a_file_with_another_mode_or_owner_is_put_back_and_told_of) {
  Life life(files, paths);
  life.apply(spec_of(5, {list(4)}));
  life.settle();

  fs::permissions(file(), fs::perms(0600));
  look(life);

  EXPECT_EQ(fs::status(file()).permissions(), fs::perms(0644));
  ASSERT_THAT(drift(life), SizeIs(1));
  EXPECT_TRUE(drift(life)[0].repaired);
  if (::geteuid() != 0) return;
  life.words.clear();
  ASSERT_EQ(::chown(file().c_str(), 1, 1), 0);
  look(life);

  struct stat status{};
  ASSERT_EQ(::stat(file().c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, 0u);
  EXPECT_THAT(life.words, SizeIs(1));
}

TEST_F(UpkeepTest, another_mode_that_is_only_reported_stays_until_the_list_changes) {
  Life life(files, paths);
  life.apply(spec_of(5, {list(4, reported())}));
  life.settle();
  fs::permissions(file(), fs::perms(0600));
  look(life);

  EXPECT_EQ(fs::status(file()).permissions(), fs::perms(0600));
  ASSERT_THAT(drift(life), SizeIs(1));
  EXPECT_FALSE(drift(life)[0].repaired);

  life.apply(spec_of(6, {list(6, reported())}));
  EXPECT_EQ(fs::status(file()).permissions(), fs::perms(0644));
}

TEST_F(UpkeepTest, another_mode_that_the_list_asks_for_is_no_drift) {
  auto closed = reported();
  closed.mode = "0600";
  {
    Life first(files, paths);
    first.apply(spec_of(5, {list(4, reported())}));
    first.apply(spec_of(6, {list(4, closed)}));
    first.settle();
    EXPECT_EQ(fs::status(file()).permissions(), fs::perms(0600));
    EXPECT_THAT(drift(first), IsEmpty());
  }
  fs::permissions(file(), fs::perms(0640));

  Life second(files, paths);
  second.settle();

  EXPECT_THAT(drift(second), SizeIs(1)) << "done by hand while the agent was away";
  EXPECT_EQ(fs::status(file()).permissions(), fs::perms(0640));
}

TEST_F(UpkeepTest, no_program_runs_because_its_files_mode_was_put_back) {
  Life life(files, paths);
  life.apply(spec_of(5, {list(4, hooked())}));
  life.settle();
  run(life);
  auto runs = life.hooks.size();

  fs::permissions(file(), fs::perms(0600));
  look(life);

  EXPECT_EQ(fs::status(file()).permissions(), fs::perms(0644));
  EXPECT_EQ(life.hooks.size(), runs);
}

TEST_F(UpkeepTest, a_mode_put_back_while_a_program_is_due_is_no_change) {
  {
    Life first(files, paths);
    first.apply(spec_of(5, {list(4, hooked())}));
    EXPECT_TRUE(first.hooks.back().is_change);

    fs::permissions(file(), fs::perms(0600));
    look(first);

    ASSERT_THAT(first.hooks, SizeIs(2)) << "it is still owed a run";
    EXPECT_FALSE(first.hooks.back().is_change);
  }
  Life second(files, paths);
  second.settle();
  EXPECT_THAT(second.hooks, SizeIs(1)) << "the agent was killed before it ran";
}

TEST_F(UpkeepTest, another_mode_is_no_drift_where_the_file_system_keeps_none) {
  files.mode_of_all = 0755;
  Life life(files, paths);
  life.apply(spec_of(5, {list(4, hooked())}));
  life.settle();
  run(life);
  look(life);
  EXPECT_THAT(drift(life), IsEmpty());
  EXPECT_THAT(life.hooks, SizeIs(1));

  write("by hand");
  look(life);
  EXPECT_THAT(read(), HasSubstr(R"("port":4)"));
  EXPECT_THAT(drift(life), SizeIs(1));
  EXPECT_THAT(life.hooks, SizeIs(2));
}

TEST_F(UpkeepTest, that_a_file_system_keeps_no_modes_is_found_out_anew_by_each_agent) {
  files.mode_of_all = 0755;
  {
    Life first(files, paths);
    first.apply(spec_of(5, {list(4)}));
    first.settle();
  }
  Life second(files, paths);
  second.settle();

  EXPECT_THAT(drift(second), IsEmpty());
}

TEST_F(UpkeepTest, who_insists_is_left_alone_for_a_while) {
  Life life(files, paths);
  life.apply(spec_of(5, {list(4)}));
  life.settle();
  for (std::size_t i = 0; i <= RepairBudget::kMost; ++i) {
    write("mine");
    look(life);
  }
  EXPECT_EQ(read(), "mine");
  EXPECT_THAT(drift(life)[0].note.value_or(""), HasSubstr("again and again"));

  life.until([&] {
    life.loop.advance(RepairBudget::kWindow);
    return read() != "mine";
  });
  EXPECT_THAT(read(), HasSubstr(R"("port":4)"));
}

TEST_F(UpkeepTest, a_program_is_due_when_its_file_has_changed_and_not_before) {
  Life life(files, paths);
  life.apply(spec_of(5, {list(4)}));
  life.settle();
  life.apply(spec_of(6, {list(4, hooked())}));
  EXPECT_THAT(life.hooks, IsEmpty()) << "the file stood there already";

  life.apply(spec_of(7, {list(7, hooked())}));
  ASSERT_THAT(life.hooks, SizeIs(1));
  run(life);
  life.apply(spec_of(8, {list(7, hooked())}));
  EXPECT_THAT(life.hooks, SizeIs(1));
}

TEST_F(UpkeepTest, a_run_that_was_due_when_the_agent_was_killed_is_due_after_its_start) {
  {
    Life first(files, paths);
    first.apply(spec_of(5, {list(4, hooked())}));
    ASSERT_THAT(first.hooks, SizeIs(1));
  }
  {
    Life second(files, paths);
    second.settle();
    ASSERT_THAT(second.hooks, SizeIs(1));
    run(second);
  }
  Life third(files, paths);
  third.settle();
  EXPECT_THAT(third.hooks, IsEmpty());
}

TEST_F(UpkeepTest, a_repair_owes_a_run_even_if_the_agent_is_killed_then) {
  {
    Life first(files, paths);
    first.apply(spec_of(5, {list(4, hooked())}));
    run(first);
    write("by hand");
    look(first);
    EXPECT_THAT(first.hooks, SizeIs(2));
  }
  Life second(files, paths);
  second.settle();
  EXPECT_THAT(second.hooks, SizeIs(1));
}

TEST_F(UpkeepTest, a_list_that_is_not_understood_is_refused_alone_and_asked_for_no_more) {
  Life life(files, paths);
  life.apply(spec_of(5, {list(4)}));
  auto strange = list(6);
  strange.fault = "/list/outputs/0/format: expected one of json, got \"toml\"";

  auto applied = life.apply(spec_of(6, {strange, upsert("b", 6)}));

  ASSERT_THAT(applied.lists, SizeIs(2));
  EXPECT_THAT(applied.lists[0].error.value_or(""), HasSubstr("got \"toml\"; update reeve"));
  EXPECT_EQ(applied.lists[0].applied, (model::ListMark{4, 4}));
  EXPECT_EQ(applied.lists[1].error, std::nullopt);
  EXPECT_THAT(read(), HasSubstr(R"("port":4)"));
  auto wanted = testing::held_spec(6, {strange, upsert("b", 6)});
  EXPECT_EQ(applied.digest, digest_of(wanted)) << "the manager is content";
  EXPECT_TRUE(life.applier->words().front().error);

  life.apply(spec_of(7, {list(7)}));
  EXPECT_THAT(read(), HasSubstr(R"("port":7)"));
  EXPECT_FALSE(life.applier->words().front().error);
}

TEST(RepairBudgetTest, gives_back_what_it_took_after_a_while) {
  RepairBudget budget;
  Instant now{1h};
  for (std::size_t i = 0; i < RepairBudget::kMost; ++i) {
    EXPECT_LE(budget.next("/a", now), now);
    budget.spend("/a", now);
  }
  EXPECT_EQ(budget.next("/a", now), now + RepairBudget::kWindow);
  EXPECT_LE(budget.next("/b", now), now);
  EXPECT_LE(budget.next("/a", now + RepairBudget::kWindow), now + RepairBudget::kWindow);
}

class FileWatchTest : public ::testing::Test {
 protected:
  void start(FileWatchSettings settings) {
    watch.emplace(loop, settings, [this](const std::set<std::string>& services) {
      told.insert(services.begin(), services.end());
    });
  }
  ~FileWatchTest() override {
    auto stopped = loop.start(watch->stop(1s));
    while (!stopped.is_done()) loop.advance(1ms);
  }
  std::string path(const std::string& name) { return (folder.path() / name).native(); }

  sys::testing::TempFolder folder;
  async::testing::VirtualLoop loop;
  std::set<std::string> told;
  std::optional<FileWatch> watch;
};

TEST_F(FileWatchTest, tells_whose_files_were_touched) {
  start({});
  watch->set("a", {path("a.conf")});
  watch->set("b", {path("b.conf")});
  loop.settle();
  std::ofstream(path("a.conf")) << "text";
  std::ofstream(path("c.conf")) << "text";
  while (told.empty()) loop.advance(10ms);

  EXPECT_THAT(told, ElementsAre("a"));
}

TEST_F(FileWatchTest, looks_now_and_then_where_it_cannot_watch) {
  start({.uses_system = false});
  watch->set("a", {path("a.conf")});
  loop.advance(29s);
  EXPECT_THAT(told, IsEmpty());
  loop.advance(2s);
  EXPECT_THAT(told, ElementsAre("a"));
}

TEST_F(FileWatchTest, watches_a_folder_once_it_is_there) {
  start({});
  watch->set("a", {path("in/a.conf")});
  EXPECT_EQ(watch->unwatched(), 1U);
  fs::create_directory(folder.path() / "in");
  loop.advance(31s);
  EXPECT_EQ(watch->unwatched(), 0U);

  watch->forget("a");
  told.clear();
  std::ofstream(path("in/a.conf")) << "text";
  loop.advance(1min);
  EXPECT_THAT(told, IsEmpty());
}

}  // namespace
}  // namespace reeve::agent
