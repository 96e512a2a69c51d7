#include "agent/applier.hpp"

#include "agent/testing/life.hpp"
#include "agent/testing/specs.hpp"
#include "sys/testing/faulty_files.hpp"
#include "sys/testing/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <future>
#include <iterator>

namespace reeve::agent {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::Life;
using testing::list;
using testing::spec_of;
using testing::upsert;

class ApplierTest : public ::testing::Test {
 protected:
  ApplierTest() { fs::create_directories(paths.folder()); }

  std::string read(const std::string& name) {
    std::ifstream in(paths.lists() / name);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  /// Changes of this file fail until it is mended.
  void break_file(const std::string& name) {
    files.fault = [this, name](std::string_view, const std::string& path) -> std::optional<Error> {
      if (is_mended || !path.ends_with(name)) return std::nullopt;
      return Error{Errc::storage_full, "no space left for " + name, "", {}};
    };
  }

  sys::testing::TempFolder folder;
  Paths paths{folder.path()};
  sys::testing::FaultyFiles files;
  std::atomic<bool> is_mended = false;
};

TEST_F(ApplierTest, answers_a_spec_once_its_lists_are_on_the_disk) {
  Life life(files, paths);

  auto applied = life.apply(spec_of(5, {upsert("a", 4), upsert("b", 5)}));

  EXPECT_EQ(applied.version, 5U);
  EXPECT_EQ(applied.digest, digest_of(testing::held_spec(5, {upsert("a", 4), upsert("b", 5)})));
  ASSERT_EQ(applied.lists.size(), 2U);
  EXPECT_EQ(applied.lists[0].service, "a");
  EXPECT_EQ(applied.lists[0].applied, (model::ListMark{4, 4}));
  EXPECT_EQ(applied.lists[0].error, std::nullopt);
  EXPECT_THAT(read("b.conf"), HasSubstr(R"("port":5)"));
}

TEST_F(ApplierTest, starts_from_its_disk_with_no_manager_in_sight) {
  Life(files, paths).apply(spec_of(5, {upsert("a", 4)}));
  fs::remove(paths.lists() / "a.conf");

  Life second(files, paths);
  second.settle();

  EXPECT_THAT(read("a.conf"), HasSubstr(R"("port":4)"));
  EXPECT_EQ(second.applier->mark()->version, 5U);
  ASSERT_EQ(second.words.size(), 1U);
  EXPECT_EQ(second.words[0].applied, (model::ListMark{4, 4}));
}

TEST_F(ApplierTest, goes_forward_after_it_was_killed_between_spec_and_file) {
  Life(files, paths).apply(spec_of(5, {upsert("a", 4)}));
  auto old_file = read("a.conf");
  Life(files, paths).apply(spec_of(6, {upsert("a", 6)}));
  std::ofstream(paths.lists() / "a.conf", std::ios::trunc) << old_file;

  Life third(files, paths);
  third.settle();

  EXPECT_THAT(read("a.conf"), HasSubstr(R"("port":6)"));
  EXPECT_FALSE(fs::exists(paths.lists() / "a.conf.before-reeve"));
}

TEST_F(ApplierTest, never_goes_back) {
  Life life(files, paths);
  life.apply(spec_of(9, {upsert("a", 8)}));

  auto older = life.apply(spec_of(5, {upsert("a", 4), upsert("b", 5)}));
  auto older_list = life.apply(spec_of(10, {upsert("a", 7)}));

  EXPECT_EQ(older.version, 9U);
  EXPECT_THAT(older.lists[0].error.value_or(""), HasSubstr("version 9 of epoch 1 is here"));
  EXPECT_EQ(older.lists[0].applied, (model::ListMark{8, 8}));
  EXPECT_FALSE(fs::exists(paths.lists() / "b.conf"));
  EXPECT_EQ(older_list.version, 10U);
  EXPECT_THAT(older_list.lists[0].error.value_or(""), HasSubstr("version 8 of epoch 1 is here"));
  EXPECT_THAT(read("a.conf"), HasSubstr(R"("port":8)"));
}

TEST_F(ApplierTest, refuses_another_clusters_spec) {
  Life life(files, paths);
  auto foreign = spec_of(5, {upsert("a", 4)});
  foreign.cluster = "c2";

  auto applied = life.apply(foreign);

  EXPECT_EQ(applied.version, 0U);
  EXPECT_THAT(applied.lists[0].error.value_or(""), HasSubstr("belongs to \"c1\""));
  EXPECT_FALSE(fs::exists(paths.lists() / "a.conf"));
}

TEST_F(ApplierTest, takes_what_the_manager_sends_even_if_it_is_empty) {
  Life life(files, paths);
  life.apply(spec_of(5, {upsert("a", 4)}));
  auto empty = list("a", 6);
  empty.instances.clear();

  life.apply(spec_of(6, {upsert(empty)}));

  EXPECT_EQ(read("a.conf"), "[]");
}

TEST_F(ApplierTest, removing_a_list_leaves_its_file_which_stays_ours) {
  Life life(files, paths);
  life.apply(spec_of(5, {upsert("a", 4)}));
  auto removal = spec_of(6, {});
  removal.removals = {"a"};

  auto removed = life.apply(removal);
  auto left = read("a.conf");
  life.apply(spec_of(7, {upsert("a", 7)}));

  EXPECT_EQ(removed.digest, "");
  EXPECT_THAT(left, HasSubstr(R"("port":4)"));
  EXPECT_THAT(read("a.conf"), HasSubstr(R"("port":7)"));
  EXPECT_FALSE(fs::exists(paths.lists() / "a.conf.before-reeve"));
}

TEST_F(ApplierTest, a_failed_file_is_the_word_of_its_list_and_is_tried_again) {
  Life life(files, paths);
  life.apply(spec_of(5, {upsert("a", 4), upsert("b", 4)}));
  break_file("/a.conf");

  auto applied = life.apply(spec_of(6, {upsert("a", 6), upsert("b", 6)}));

  EXPECT_EQ(applied.version, 6U);
  EXPECT_EQ(applied.lists[0].error, "no space left for /a.conf");
  EXPECT_EQ(applied.lists[0].applied, (model::ListMark{4, 4}));
  EXPECT_EQ(applied.lists[1].error, std::nullopt);
  EXPECT_FALSE(life.applier->is_settled());

  life.words.clear();
  is_mended = true;
  life.loop.advance(1s);
  life.settle();

  ASSERT_EQ(life.words.size(), 1U);
  EXPECT_EQ(life.words[0].service, "a");
  EXPECT_EQ(life.words[0].applied, (model::ListMark{6, 6}));
  EXPECT_EQ(life.words[0].error, std::nullopt);
}

TEST_F(ApplierTest, an_error_that_stays_the_same_is_reported_once) {
  break_file("/a.conf");
  Life life(files, paths);
  life.apply(spec_of(5, {upsert("a", 4)}));

  for (int i = 0; i < 5; ++i) {
    life.loop.advance(30s);
    life.apply(spec_of(6 + static_cast<std::uint64_t>(i), {}));  // behind the retry in the queue
  }

  EXPECT_TRUE(life.words.empty());
}

TEST_F(ApplierTest, publishes_nothing_that_it_could_not_keep) {
  Life life(files, paths);
  break_file("/a.json");

  life.applier->offer(spec_of(5, {upsert("a", 4)}));
  life.until([&] { return !life.words.empty(); });

  EXPECT_EQ(life.words[0].error, "cannot keep the spec: no space left for /a.json");
  EXPECT_EQ(life.applier->mark(), std::nullopt);
  EXPECT_FALSE(fs::exists(paths.lists() / "a.conf"));

  is_mended = true;
  life.loop.advance(1s);
  life.until([&] { return !life.answers.empty(); });

  EXPECT_EQ(life.answers[0].lists[0].applied, (model::ListMark{4, 4}));
}

TEST_F(ApplierTest, a_lost_link_ends_the_wait_for_a_full_disk) {
  Life life(files, paths);
  break_file("/b.json");
  life.applier->offer(spec_of(5, {upsert("a", 4), upsert("b", 5)}));
  life.until([&] { return !life.words.empty(); });

  life.applier->abandon();
  life.until([&] { return life.applier->mark().has_value(); });

  // What the disk says is what the next hello says: a is here, b is not.
  EXPECT_EQ(life.applier->mark()->digest, digest_of(testing::held_spec(5, {upsert("a", 4)})));
  EXPECT_THAT(read("a.conf"), HasSubstr(R"("port":4)"));
  EXPECT_TRUE(life.answers.empty());
}

TEST_F(ApplierTest, an_offer_of_a_lost_link_is_not_answered) {
  Life life(files, paths);
  std::promise<void> gate;
  auto opened = gate.get_future().share();
  std::atomic<bool> is_reached = false;
  files.fault = [&, opened](std::string_view, const std::string& path) -> std::optional<Error> {
    if (!path.ends_with("/a.json")) return std::nullopt;
    is_reached = true;
    opened.wait();
    return std::nullopt;
  };
  life.applier->offer(spec_of(5, {upsert("a", 4)}));
  life.applier->offer(spec_of(6, {upsert("b", 6)}));
  life.until([&] { return is_reached.load(); });

  EXPECT_EQ(life.applier->mark(), std::nullopt);  // a slow disk: nobody can say yet
  life.applier->abandon();
  gate.set_value();
  life.until([&] { return life.applier->is_settled() && life.applier->mark().has_value(); });

  EXPECT_TRUE(life.answers.empty());
  EXPECT_EQ(life.applier->mark()->version, 5U);
  EXPECT_EQ(life.applier->spec().lists.size(), 1U);
}

link::Upsert removal(const std::string& uid, std::uint64_t version) {
  auto made = list(uid, version);
  made.remove_files = true;
  return upsert(std::move(made));
}

TEST_F(ApplierTest, removes_the_files_of_a_list_that_says_so_and_says_that_it_has) {
  Life life(files, paths);
  life.apply(spec_of(5, {upsert("a", 4)}));
  ASSERT_TRUE(fs::exists(paths.lists() / "a.conf"));

  auto applied = life.apply(spec_of(6, {removal("a", 4)}));

  EXPECT_FALSE(fs::exists(paths.lists() / "a.conf"));
  EXPECT_EQ(applied.lists[0].removed, true);
  EXPECT_EQ(applied.lists[0].applied, std::nullopt);
}

TEST_F(ApplierTest, removes_after_a_restart_what_it_was_told_before_it) {
  {
    Life first(files, paths);
    first.apply(spec_of(5, {upsert("a", 4)}));
    break_file("/a.conf");
    auto failed = first.apply(spec_of(6, {removal("a", 4)}));
    EXPECT_EQ(failed.lists[0].error, "no space left for /a.conf");
    EXPECT_EQ(failed.lists[0].removed, std::nullopt);
  }
  is_mended = true;

  Life second(files, paths);
  second.settle();

  EXPECT_FALSE(fs::exists(paths.lists() / "a.conf"));
  EXPECT_EQ(second.applier->words()[0].removed, true);
}

TEST_F(ApplierTest, leaves_files_that_somebody_has_changed) {
  Life life(files, paths);
  life.apply(spec_of(5, {upsert("a", 4)}));
  std::ofstream(paths.lists() / "a.conf") << "by hand";

  auto applied = life.apply(spec_of(6, {removal("a", 4)}));

  EXPECT_EQ(read("a.conf"), "by hand");
  EXPECT_EQ(applied.lists[0].removed, true);
}

}  // namespace
}  // namespace reeve::agent
