#include "agent/spec.hpp"

#include "agent/testing/specs.hpp"

#include <gmock/gmock.h>

namespace reeve::agent {
namespace {

using ::testing::HasSubstr;
using testing::held_spec;
using testing::spec_of;
using testing::upsert;

TEST(Spec, a_first_spec_is_taken_whole) {
  auto change = work_out({}, "c1", spec_of(5, {upsert("a", 4), upsert("b", 5)}));

  ASSERT_TRUE(change);
  EXPECT_EQ(change->upserts.size(), 2U);
  EXPECT_EQ(change->version, 5U);
  EXPECT_TRUE(change->removals.empty());
}

TEST(Spec, another_clusters_spec_is_refused) {
  auto spec = spec_of(5, {});
  spec.cluster = "c2";

  auto change = work_out({}, "c1", spec);

  ASSERT_FALSE(change);
  EXPECT_EQ(change.error().code, Errc::forbidden);
  EXPECT_EQ(change.error().what, "got a spec of cluster \"c2\", but this node belongs to \"c1\"");
}

TEST(Spec, an_older_version_needs_a_higher_epoch) {
  auto held = held_spec(9, {upsert("a", 8)});
  auto older = spec_of(5, {upsert("a", 4)});

  auto refused = work_out(held, "c1", older);
  older.epoch = 2;
  older.upserts[0].list.epoch = 2;
  auto taken = work_out(held, "c1", older);

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::stale);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->upserts.size(), 1U);
}

TEST(Spec, a_list_never_goes_back_within_an_epoch) {
  auto change =
      work_out(held_spec(9, {upsert("a", 8)}), "c1", spec_of(10, {upsert("a", 7), upsert("b", 3)}));

  ASSERT_TRUE(change);
  ASSERT_EQ(change->upserts.size(), 1U);
  EXPECT_EQ(change->upserts[0].list.uid, "b");
  ASSERT_EQ(change->refusals.size(), 1U);
  EXPECT_EQ(change->refusals[0].service, "a");
  EXPECT_THAT(change->refusals[0].error.value_or(""), HasSubstr("version 8 of epoch 1 is here"));
}

TEST(Spec, a_list_of_the_same_version_may_have_other_outputs) {
  auto same = upsert("a", 8);
  same.digest = "with other outputs";

  auto change = work_out(held_spec(9, {upsert("a", 8)}), "c1", spec_of(9, {same}));

  ASSERT_TRUE(change);
  EXPECT_EQ(change->upserts.size(), 1U);
}

TEST(Spec, a_delta_removes_what_it_names_and_a_whole_spec_what_it_leaves_out) {
  auto held = held_spec(9, {upsert("a", 8), upsert("b", 9)});
  auto delta = spec_of(10, {});
  delta.removals = {"b", "never-here"};
  auto whole = spec_of(10, {upsert("b", 9)});
  whole.whole = true;

  EXPECT_EQ(work_out(held, "c1", delta)->removals, std::vector<std::string>{"b"});
  EXPECT_EQ(work_out(held, "c1", whole)->removals, std::vector<std::string>{"a"});
}

TEST(Spec, the_same_again_changes_nothing) {
  auto held = held_spec(9, {upsert("a", 8)});

  auto change = work_out(held, "c1", spec_of(9, {upsert("a", 8)}));

  ASSERT_TRUE(change);
  EXPECT_TRUE(change->is_nothing);
}

TEST(Spec, of_a_list_that_is_said_twice_the_first_counts) {
  auto change = work_out({}, "c1", spec_of(5, {upsert("a", 4), upsert("a", 5)}));

  ASSERT_TRUE(change);
  ASSERT_EQ(change->upserts.size(), 1U);
  EXPECT_EQ(change->upserts[0].list.version, 4U);
}

TEST(Spec, a_uid_that_is_no_file_name_is_refused_alone) {
  auto change = work_out({}, "c1", spec_of(5, {upsert("../../etc", 4), upsert("b", 5)}));

  ASSERT_TRUE(change);
  EXPECT_EQ(change->upserts.size(), 1U);
  ASSERT_EQ(change->refusals.size(), 1U);
}

TEST(Spec, a_spec_without_lists_has_no_digest) {
  EXPECT_EQ(digest_of({}), "");
  EXPECT_EQ(digest_of(held_spec(1, {upsert("a", 1)})).size(), 64U);
}

}  // namespace
}  // namespace reeve::agent
