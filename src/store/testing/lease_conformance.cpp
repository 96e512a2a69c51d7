// The promises of store.hpp about leases.
#include "store/testing/conformance.hpp"

#include <fmt/core.h>
#include <gmock/gmock.h>

namespace reeve::store::testing {

std::string LeaseConformance::name_of(const ::testing::TestParamInfo<Engine>& engine) {
  return engine.param.name;
}

namespace {

using namespace std::chrono_literals;
using ::testing::UnorderedElementsAre;

Write leased(std::string key, LeaseId lease) { return {std::move(key), bytes("x"), lease}; }

TEST_P(LeaseConformance, removes_the_keys_of_a_lease_by_one_commit_when_its_time_is_over) {
  auto lease = await(store->grant(10s)).value();
  ASSERT_TRUE(commit({leased("a", lease), put("stays", "x")}));
  ASSERT_TRUE(commit({leased("b", lease)}));
  Heard heard;
  auto watch = store->watch(2, heard.watcher());

  loop.advance(9s);
  EXPECT_EQ(list().entries.size(), 3u);
  loop.advance(2s);
  hear([&] { return !heard.batches.empty(); });

  ASSERT_EQ(heard.batches.size(), 1u);
  std::vector<std::string> gone;
  for (const auto& write : heard.batches[0].writes) {
    EXPECT_EQ(write.value, nullptr);
    gone.push_back(write.key);
  }
  EXPECT_THAT(gone, UnorderedElementsAre("a", "b"));
  EXPECT_EQ(store->head(), 3u);
  EXPECT_EQ(list().entries.size(), 1u);
}

TEST_P(LeaseConformance, keeps_a_lease_for_as_long_as_it_is_kept_alive) {
  auto lease = await(store->grant(10s)).value();
  ASSERT_TRUE(commit({leased("a", lease)}));

  for (int i = 0; i < 5; ++i) {
    loop.advance(8s);
    ASSERT_TRUE(await(store->keep_alive(lease))) << i;
  }
  EXPECT_EQ(value("a"), "x");

  loop.advance(11s);
  hear([&] { return store->head() == 2u; });
  EXPECT_EQ(value("a"), "(none)");
  auto late = await(store->keep_alive(lease));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Errc::not_found);
}

TEST_P(LeaseConformance, has_removed_the_keys_of_a_lease_when_it_answers_a_revocation) {
  auto lease = await(store->grant(10s)).value();
  auto other = await(store->grant(10s)).value();
  ASSERT_NE(lease, other);
  ASSERT_TRUE(commit({leased("a", lease), leased("b", other)}));

  ASSERT_TRUE(await(store->revoke(lease)));

  EXPECT_EQ(value("a"), "(none)");
  EXPECT_EQ(value("b"), "x");
  EXPECT_EQ(store->head(), 2u);
  EXPECT_EQ(await(store->revoke(lease)).error().code, Errc::not_found);
}

TEST_P(LeaseConformance, ends_a_lease_without_keys_without_a_commit) {
  auto revoked = await(store->grant(10s)).value();
  ASSERT_TRUE(await(store->grant(5s)));

  ASSERT_TRUE(await(store->revoke(revoked)));
  loop.advance(1min);

  EXPECT_EQ(commit({put("a", "1")}).value(), 1u);
}

TEST_P(LeaseConformance, gives_a_key_the_lease_of_its_last_write) {
  auto first = await(store->grant(10s)).value();
  auto second = await(store->grant(1h)).value();
  ASSERT_TRUE(commit({leased("freed", first), leased("moved", first), leased("gone", first)}));
  ASSERT_TRUE(commit({put("freed", "now"), leased("moved", second), removal("gone")}));
  ASSERT_TRUE(commit({put("gone", "again")}));

  ASSERT_TRUE(await(store->revoke(first)));
  EXPECT_EQ(value("freed"), "now");
  EXPECT_EQ(value("moved"), "x");
  EXPECT_EQ(value("gone"), "again");
  EXPECT_EQ(store->head(), 3u);

  ASSERT_TRUE(await(store->revoke(second)));
  EXPECT_EQ(value("moved"), "(none)");
}

TEST_P(LeaseConformance, refuses_a_write_with_a_lease_that_has_ended) {
  auto lease = await(store->grant(10s)).value();
  ASSERT_TRUE(await(store->revoke(lease)));

  auto refused = commit({put("a", "1"), leased("b", lease)});

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::not_found);
  EXPECT_EQ(refused.error().field, "b");
  EXPECT_EQ(value("a"), "(none)");
  EXPECT_FALSE(await(store->grant(0s)));
}

TEST_P(LeaseConformance, keeps_a_lease_small_enough_for_one_commit_to_end_it) {
  auto lease = await(store->grant(10s)).value();
  std::vector<Write> writes;
  for (std::size_t i = 0; i < Limits::operations; ++i)
    writes.push_back(leased(fmt::format("{:02}", i), lease));
  ASSERT_TRUE(commit(std::move(writes)));

  auto over = commit({leased("one more", lease)});
  auto same = commit({leased("00", lease)});

  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, Errc::too_large);
  EXPECT_EQ(over.error().field, "one more");
  EXPECT_TRUE(same);
  ASSERT_TRUE(await(store->revoke(lease)));
  EXPECT_TRUE(list().entries.empty());
}

TEST_P(LeaseConformance, binds_nothing_by_a_commit_whose_guard_does_not_hold) {
  auto lease = await(store->grant(10s)).value();
  ASSERT_TRUE(commit({put("a", "1")}));
  ASSERT_FALSE(commit({{"a", 7}}, {leased("a", lease)}));

  ASSERT_TRUE(await(store->revoke(lease)));

  EXPECT_EQ(value("a"), "1");
}

}  // namespace
}  // namespace reeve::store::testing
