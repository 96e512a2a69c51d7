#include "store/testing/strict_store.hpp"

#include "store/testing/conformance.hpp"
#include "store/testing/memory_store.hpp"

namespace reeve::store::testing {
namespace {

// Delays alone, for the whole suite holds readers to what is kept; drops are for ReaderConformance.
Engine delaying(std::uint64_t seed) {
  return {"delaying_" + std::to_string(seed),
          [seed](async::Loop& loop, const std::filesystem::path&) {
            return std::make_unique<StrictStore>(loop, std::make_unique<MemoryStore>(loop),
                                                 Strictness{.seed = seed, .drops = false});
          }};
}
Engine dropping(std::uint64_t seed) {
  return {"dropping_" + std::to_string(seed),
          [seed](async::Loop& loop, const std::filesystem::path&) {
            return std::make_unique<StrictStore>(loop, std::make_unique<MemoryStore>(loop),
                                                 Strictness{.seed = seed});
          }};
}
INSTANTIATE_TEST_SUITE_P(Strict, StoreConformance, ::testing::Values(delaying(1), delaying(2)),
                         StoreConformance::name_of);
INSTANTIATE_TEST_SUITE_P(Strict, LeaseConformance, ::testing::Values(delaying(1)),
                         LeaseConformance::name_of);
INSTANTIATE_TEST_SUITE_P(Strict, ReaderConformance,
                         ::testing::Values(delaying(3), dropping(1), dropping(2), dropping(3)),
                         ReaderConformance::name_of);

TEST(StrictStore, refuses_what_is_over_the_limits_whatever_its_engine_takes) {
  VirtualLoop loop;
  StrictStore store(loop, std::make_unique<MemoryStore>(loop), {});

  auto over = await(loop, store.commit({{}, {put("a", std::string(Limits::value + 1, 'x'))}}));

  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, Errc::too_large);
}

TEST(StrictStore, drops_watches_that_must_then_list_again) {
  VirtualLoop loop;
  StrictStore store(loop, std::make_unique<MemoryStore>(loop), {});
  Heard heard;
  auto watch = store.watch(0, heard.watcher());

  for (int i = 0; i < 100 && heard.compacted == 0; ++i)
    ASSERT_TRUE(await(loop, store.commit({{}, {put("a", "x")}})));

  EXPECT_EQ(heard.compacted, 1);
  EXPECT_EQ(store.dropped(), 1);
  EXPECT_LT(heard.batches.size(), store.head());
}

}  // namespace
}  // namespace reeve::store::testing
