#include "store/testing/memory_store.hpp"

#include "store/testing/conformance.hpp"

namespace reeve::store::testing {
namespace {

using namespace std::chrono_literals;

std::unique_ptr<Store> make(async::Loop& loop, const std::filesystem::path&) {
  return std::make_unique<MemoryStore>(loop);
}
const Engine kMemory{"memory", make};
INSTANTIATE_TEST_SUITE_P(Memory, StoreConformance, ::testing::Values(kMemory),
                         StoreConformance::name_of);
INSTANTIATE_TEST_SUITE_P(Memory, LeaseConformance, ::testing::Values(kMemory),
                         LeaseConformance::name_of);
INSTANTIATE_TEST_SUITE_P(Memory, ReaderConformance, ::testing::Values(kMemory),
                         ReaderConformance::name_of);

TEST(MemoryStore, fails_the_commits_it_is_told_to) {
  VirtualLoop loop;
  MemoryStore store(loop);
  store.fail_next_commit({Errc::storage_full, "no space", "", {}});

  auto first = await(loop, store.commit({{}, {put("a", "1")}}));
  auto second = await(loop, store.commit({{}, {put("a", "2")}}));

  EXPECT_EQ(first.error().code, Errc::storage_full);
  EXPECT_EQ(second.value(), 1u);
}

TEST(MemoryStore, delays_commits_in_the_loops_time_and_keeps_their_order) {
  VirtualLoop loop;
  MemoryStore store(loop);
  store.delay_commits(10s);
  auto slow = loop.start(store.commit({{}, {put("a", "slow")}}));
  loop.settle();
  store.delay_commits(0s);
  auto quick = loop.start(store.commit({{}, {put("a", "quick")}}));

  loop.advance(9s);
  EXPECT_FALSE(slow.is_done() || quick.is_done());
  loop.advance(1s);

  EXPECT_EQ(slow.value().value(), 1u);
  EXPECT_EQ(quick.value().value(), 2u);
}

TEST(MemoryStore, lets_a_held_watch_miss_what_is_compacted) {
  VirtualLoop loop;
  MemoryStore store(loop);
  Heard behind;
  Heard kept;
  auto watch = store.watch(0, behind.watcher());
  loop.settle();
  store.hold_watches();
  ASSERT_TRUE(await(loop, store.commit({{}, {put("a", "1")}})));
  ASSERT_TRUE(await(loop, store.commit({{}, {put("a", "2")}})));
  ASSERT_TRUE(await(loop, store.compact(1)));
  auto later = store.watch(1, kept.watcher());
  loop.settle();
  EXPECT_TRUE(kept.batches.empty());

  store.release_watches();

  EXPECT_EQ(behind.compacted, 1);
  EXPECT_TRUE(behind.batches.empty());
  EXPECT_EQ(kept.revisions(), std::vector<Revision>{2});
}

TEST(MemoryStore, drops_every_watch_when_told_to) {
  VirtualLoop loop;
  MemoryStore store(loop);
  Heard heard;
  auto watch = store.watch(0, heard.watcher());
  ASSERT_TRUE(await(loop, store.commit({{}, {put("a", "1")}})));

  store.drop_watches();
  ASSERT_TRUE(await(loop, store.commit({{}, {put("a", "2")}})));

  EXPECT_EQ(heard.compacted, 1);
  EXPECT_EQ(heard.batches.size(), 1u);
}

TEST(MemoryStore, tries_again_to_remove_the_keys_of_a_lease) {
  VirtualLoop loop;
  MemoryStore store(loop);
  auto expiring = await(loop, store.grant(10s)).value();
  auto revoked = await(loop, store.grant(1h)).value();
  ASSERT_TRUE(
      await(loop, store.commit({{}, {{"a", bytes("x"), expiring}, {"b", bytes("x"), revoked}}})));
  store.fail_next_commit({Errc::storage_full, "no space", "", {}});
  auto failed = await(loop, store.revoke(revoked));
  store.fail_next_commit({Errc::storage_full, "no space", "", {}});
  store.fail_next_commit({Errc::storage_full, "no space", "", {}});

  EXPECT_EQ(failed.error().code, Errc::storage_full);
  loop.advance(1min);

  EXPECT_TRUE(await(loop, store.list("")).value().entries.empty());
  EXPECT_EQ(store.head(), 3u);
}

TEST(MemoryStore, keeps_as_much_history_as_it_is_bound_to) {
  VirtualLoop loop;
  MemoryStore store(loop, {.commits = 3, .bytes = 1'000'000});
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(await(loop, store.commit({{}, {put("a", "x")}})));
  Heard kept;
  Heard lost;

  auto from_two = store.watch(2, kept.watcher());
  auto from_one = store.watch(1, lost.watcher());
  loop.settle();

  EXPECT_EQ(kept.revisions(), (std::vector<Revision>{3, 4, 5}));
  EXPECT_EQ(lost.compacted, 1);
}

TEST(MemoryStore, bounds_its_history_by_bytes_too) {
  VirtualLoop loop;
  MemoryStore store(loop, {.commits = 1000, .bytes = 10'000});
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(await(loop, store.commit({{}, {put("a", std::string(6000, 'x'))}})));
  Heard kept;

  auto watch = store.watch(4, kept.watcher());
  auto lost = store.watch(3, kept.watcher());
  loop.settle();

  EXPECT_EQ(kept.revisions(), std::vector<Revision>{5});
  EXPECT_EQ(kept.compacted, 1);
}

}  // namespace
}  // namespace reeve::store::testing
