// How programs of a spec are taken in and kept.
#include "agent/applier.hpp"
#include "agent/testing/life.hpp"
#include "agent/testing/specs.hpp"
#include "sys/testing/faulty_files.hpp"
#include "sys/testing/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace reeve::agent {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::Life;
using testing::program_upsert;
using testing::spec_of;
using testing::spec_of_programs;
using testing::upsert;

class ApplierProgramsTest : public ::testing::Test {
 protected:
  ApplierProgramsTest() { fs::create_directories(paths.folder()); }

  sys::testing::TempFolder folder;
  Paths paths{folder.path()};
  sys::testing::FaultyFiles files;
};

TEST_F(ApplierProgramsTest, are_answered_once_they_are_on_the_disk) {
  Life life(files, paths);

  auto applied = life.apply(spec_of_programs(5, {program_upsert("a", 4), program_upsert("b", 5)}));

  ASSERT_TRUE(applied.programs);
  ASSERT_EQ(applied.programs->size(), 2U);
  EXPECT_EQ(applied.programs->at(0).program, "a");
  EXPECT_EQ(applied.programs->at(0).applied, (model::ListMark{4, 4}));
  EXPECT_EQ(applied.programs->at(0).error, std::nullopt);
  EXPECT_EQ(life.programs.size(), 2U);
  EXPECT_TRUE(fs::exists(paths.spec() / "a.program.json"));
  EXPECT_NE(applied.digest, "");
}

TEST_F(ApplierProgramsTest, run_from_the_disk_with_no_manager_in_sight) {
  auto digest = Life(files, paths).apply(spec_of_programs(5, {program_upsert("a", 4)})).digest;

  Life second(files, paths);

  ASSERT_EQ(second.programs.size(), 1U);
  EXPECT_EQ(second.programs.at("a").program->command.arguments.at(1), "1004");
  EXPECT_EQ(second.applier->mark()->digest, digest);
}

TEST_F(ApplierProgramsTest, go_by_name_and_with_a_whole_spec_that_speaks_of_programs) {
  Life life(files, paths);
  life.apply(spec_of_programs(
      5, {program_upsert("a", 4), program_upsert("b", 5), program_upsert("c", 5)}));

  auto removal = spec_of(6, {});
  removal.removals = {"a"};
  life.apply(removal);
  EXPECT_FALSE(life.programs.contains("a"));
  EXPECT_FALSE(fs::exists(paths.spec() / "a.program.json"));

  auto silent = spec_of(7, {upsert("list", 7)});
  silent.whole = true;
  life.apply(silent);
  EXPECT_EQ(life.programs.size(), 2U);

  auto whole = spec_of_programs(8, {program_upsert("b", 5)});
  whole.whole = true;
  life.apply(whole);
  EXPECT_EQ(life.programs.size(), 1U);
  EXPECT_TRUE(life.applier->spec().lists.empty());
}

TEST_F(ApplierProgramsTest, stand_beside_lists_of_the_same_spec) {
  Life life(files, paths);
  auto spec = spec_of(5, {upsert("list", 5)});
  spec.programs = {program_upsert("a", 4)};

  auto applied = life.apply(spec);

  EXPECT_EQ(applied.lists.size(), 1U);
  ASSERT_TRUE(applied.programs);
  EXPECT_EQ(applied.programs->size(), 1U);
  auto again = life.apply(spec_of(6, {upsert("list", 6)}));
  EXPECT_EQ(again.programs, std::nullopt);
  EXPECT_EQ(life.programs.size(), 1U);
}

TEST_F(ApplierProgramsTest, never_go_back_but_in_a_later_epoch) {
  Life life(files, paths);
  life.apply(spec_of_programs(9, {program_upsert("a", 8)}));

  auto older = life.apply(spec_of_programs(10, {program_upsert("a", 7)}));

  EXPECT_THAT(older.programs->at(0).error.value_or(""), HasSubstr("version 8 of epoch 1 is here"));
  EXPECT_EQ(older.programs->at(0).applied, (model::ListMark{8, 8}));
  auto restored = testing::program("a", 3);
  restored.epoch = 2;
  auto spec = spec_of_programs(3, {program_upsert(restored)});
  spec.epoch = 2;
  auto taken = life.apply(spec);
  EXPECT_EQ(taken.programs->at(0).error, std::nullopt);
  EXPECT_EQ(life.programs.at("a").program->version, 3U);
}

TEST_F(ApplierProgramsTest, that_are_not_understood_leave_what_runs) {
  Life life(files, paths);
  life.apply(spec_of_programs(5, {program_upsert("a", 4)}));
  link::ProgramUpsert newer;
  newer.digest = "d-new";
  newer.program.uid = "a";
  newer.program.name = "a";
  newer.fault = "expected an array";

  auto applied = life.apply(spec_of_programs(6, {newer}));

  EXPECT_THAT(applied.programs->at(0).error.value_or(""), HasSubstr("update reeve on this node"));
  EXPECT_EQ(life.programs.at("a").program->version, 4U);
  // What came is not sent again.
  auto mark = life.applier->mark()->digest;
  EXPECT_EQ(mark, applied.digest);
  EXPECT_EQ(life.applier->program_words().at(0).applied, (model::ListMark{4, 4}));
  EXPECT_TRUE(life.applier->program_words().at(0).error);
}

TEST_F(ApplierProgramsTest, that_are_damaged_on_the_disk_are_set_aside_and_sent_again) {
  Life(files, paths).apply(spec_of_programs(5, {program_upsert("a", 4), program_upsert("b", 5)}));
  std::ofstream(paths.spec() / "a.program.json", std::ios::trunc) << "{";

  Life second(files, paths);

  EXPECT_EQ(second.programs.size(), 1U);
  EXPECT_TRUE(fs::exists(paths.spec() / "a.program.json.damaged"));
}

}  // namespace
}  // namespace reeve::agent
