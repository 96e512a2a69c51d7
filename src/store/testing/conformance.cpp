#include "store/testing/conformance.hpp"

#include <fmt/core.h>
#include <gmock/gmock.h>

#include <numeric>
#include <span>

namespace reeve::store::testing {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string StoreConformance::name_of(const ::testing::TestParamInfo<Engine>& engine) {
  return engine.param.name;
}

void StoreConformance::SetUp() { store = GetParam().make(loop, folder.path()); }

void StoreConformance::TearDown() { ASSERT_TRUE(await(store->stop())); }

Result<Revision> StoreConformance::commit(std::vector<Guard> guards, std::vector<Write> writes) {
  return await(store->commit({std::move(guards), std::move(writes)}));
}

std::optional<Entry> StoreConformance::entry(std::string key) {
  auto found = await(store->read(std::move(key)));
  EXPECT_TRUE(found);
  return found.value_or(std::nullopt);
}

std::string StoreConformance::value(std::string key) {
  auto found = entry(std::move(key));
  return found ? *found->value : "(none)";
}

Listing StoreConformance::list(std::string prefix) {
  auto listing = await(store->list(std::move(prefix)));
  EXPECT_TRUE(listing);
  return listing.value_or(Listing{});
}

namespace {

std::vector<std::string> keys(const Listing& listing) {
  std::vector<std::string> all;
  all.reserve(listing.entries.size());
  for (const auto& entry : listing.entries) all.push_back(entry.key);
  return all;
}

std::vector<Revision> count_up(Revision from, Revision to) {
  std::vector<Revision> all(to - from + 1);
  std::iota(all.begin(), all.end(), from);
  return all;
}

TEST_P(StoreConformance, starts_empty_before_the_first_revision) {
  EXPECT_EQ(store->head(), 0u);
  EXPECT_EQ(list().revision, 0u);
  EXPECT_TRUE(list().entries.empty());
  EXPECT_EQ(entry("a"), std::nullopt);
}

TEST_P(StoreConformance, gives_each_commit_one_rising_revision) {
  EXPECT_EQ(commit({put("a", "1"), put("b", "1"), put("c", "1")}).value(), 1u);
  EXPECT_EQ(commit({put("a", "2")}).value(), 2u);
  EXPECT_EQ(commit({}).value(), 3u);

  EXPECT_EQ(store->head(), 3u);
  EXPECT_EQ(entry("a")->created, 1u);
  EXPECT_EQ(entry("a")->modified, 2u);
  EXPECT_EQ(entry("c")->modified, 1u);
}

TEST_P(StoreConformance, keeps_any_bytes) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  ASSERT_TRUE(commit({put(all, all), put("empty", "")}));

  EXPECT_EQ(value(all), all);
  EXPECT_EQ(value("empty"), "");
  EXPECT_EQ(keys(list()), (std::vector<std::string>{all, "empty"}));
}

TEST_P(StoreConformance, writes_all_or_nothing) {
  ASSERT_TRUE(commit({put("a", "old")}));

  auto refused = commit({{"a", 7}}, {put("b", "new"), put("a", "new")});

  EXPECT_FALSE(refused);
  EXPECT_EQ(value("a"), "old");
  EXPECT_EQ(value("b"), "(none)");
  EXPECT_EQ(store->head(), 1u);
}

TEST_P(StoreConformance, guards_against_another_revision) {
  ASSERT_TRUE(commit({put("a", "1"), put("other", "1")}));
  ASSERT_TRUE(commit({put("a", "2")}));

  auto stale = commit({{"other", 1}, {"a", 1}}, {put("a", "3")});
  auto fresh = commit({{"other", 1}, {"a", 2}}, {put("a", "3")});

  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().code, Errc::conflict);
  EXPECT_EQ(stale.error().field, "a");
  EXPECT_THAT(stale.error().what, HasSubstr("\"a\" was changed by commit 2, expected commit 1"));
  EXPECT_EQ(fresh.value(), 3u);
}

TEST_P(StoreConformance, guards_absence_with_0) {
  EXPECT_TRUE(commit({{"a", 0}}, {put("a", "1")}));

  auto again = commit({{"a", 0}}, {put("a", "2")});
  auto gone = commit({{"b", 1}}, {put("b", "2")});

  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::conflict);
  EXPECT_EQ(again.error().field, "a");
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().field, "b");
  EXPECT_EQ(value("a"), "1");
}

TEST_P(StoreConformance, removes_and_creates_again) {
  ASSERT_TRUE(commit({put("a", "1")}));
  ASSERT_TRUE(commit({removal("a")}));
  EXPECT_EQ(entry("a"), std::nullopt);
  EXPECT_FALSE(commit({{"a", 1}}, {put("a", "2")}));

  ASSERT_TRUE(commit({{"a", 0}}, {put("a", "2")}));

  EXPECT_EQ(entry("a")->created, 3u);
  EXPECT_EQ(entry("a")->modified, 3u);
}

TEST_P(StoreConformance, removes_what_is_not_there_without_a_trace) {
  Heard heard;
  auto watch = store->watch(0, heard.watcher());

  EXPECT_EQ(commit({removal("a"), put("b", "1")}).value(), 1u);
  hear([&] { return !heard.batches.empty(); });

  ASSERT_EQ(heard.batches.size(), 1u);
  ASSERT_EQ(heard.batches[0].writes.size(), 1u);
  EXPECT_EQ(heard.batches[0].writes[0].key, "b");
}

TEST_P(StoreConformance, takes_overlapping_commits_in_the_order_of_the_calls) {
  using Outcome = async::testing::Outcome<Result<Revision>>;
  std::vector<Outcome> outcomes;
  for (int i = 0; i < 100; ++i) {
    // Every tenth holds a guard that cannot hold; each other one replaces the value before it.
    std::vector<Guard> guards;
    if (i % 10 == 5) guards.push_back({"never", 99});
    outcomes.push_back(loop.start(store->commit(
        {std::move(guards),
         {put("last", fmt::format("{}", i)), put(fmt::format("own/{:02}", i), "x")}})));
  }
  hear([&] {
    return std::all_of(outcomes.begin(), outcomes.end(), [](auto& o) { return o.is_done(); });
  });

  Revision expected = 0;
  for (int i = 0; i < 100; ++i) {
    auto& outcome = outcomes[static_cast<std::size_t>(i)].value();
    if (i % 10 == 5) {
      ASSERT_FALSE(outcome) << i;
      EXPECT_EQ(outcome.error().field, "never");
      EXPECT_EQ(value(fmt::format("own/{:02}", i)), "(none)");
    } else {
      EXPECT_EQ(outcome.value(), ++expected) << i;
      EXPECT_EQ(entry(fmt::format("own/{:02}", i))->created, expected);
    }
  }
  EXPECT_EQ(value("last"), "99");
}

TEST_P(StoreConformance, lets_one_of_many_win_a_key) {
  std::vector<async::testing::Outcome<Result<Revision>>> outcomes;
  outcomes.reserve(20);
  for (int i = 0; i < 20; ++i)
    outcomes.push_back(
        loop.start(store->commit({{{"name", 0}}, {put("name", fmt::format("{}", i))}})));
  hear([&] {
    return std::all_of(outcomes.begin(), outcomes.end(), [](auto& o) { return o.is_done(); });
  });

  EXPECT_EQ(outcomes[0].value().value(), 1u);
  for (std::size_t i = 1; i < outcomes.size(); ++i) EXPECT_FALSE(outcomes[i].value());
  EXPECT_EQ(value("name"), "0");
  EXPECT_EQ(store->head(), 1u);
}

TEST_P(StoreConformance, lists_a_prefix_in_bytewise_order_at_one_revision) {
  ASSERT_TRUE(commit({put("node/b", "1"), put("node/\xff", "1"), put("node0", "1")}));
  ASSERT_TRUE(
      commit({put("node/a", "1"), put("node/", "1"), put("\xff\xff", "1"), put("nod", "1")}));

  auto nodes = list("node/");

  EXPECT_EQ(nodes.revision, 2u);
  EXPECT_THAT(keys(nodes), ElementsAre("node/", "node/a", "node/b", "node/\xff"));
  EXPECT_EQ(nodes.entries[2].modified, 1u);
  EXPECT_THAT(keys(list("\xff")), ElementsAre("\xff\xff"));
  EXPECT_TRUE(keys(list("x")).empty());
  EXPECT_EQ(list().entries.size(), 7u);
}

TEST_P(StoreConformance, tells_watches_what_a_commit_wrote) {
  Heard heard;
  auto watch = store->watch(0, heard.watcher());

  ASSERT_TRUE(commit({put("a", "1"), put("b", "2")}));
  hear([&] { return !heard.batches.empty(); });

  ASSERT_EQ(heard.batches.size(), 1u);
  EXPECT_EQ(heard.batches[0].revision, 1u);
  ASSERT_EQ(heard.batches[0].writes.size(), 2u);
  EXPECT_EQ(heard.batches[0].writes[0].key, "a");
  EXPECT_EQ(*heard.batches[0].writes[1].value, "2");
}

TEST_P(StoreConformance, tells_removals) {
  ASSERT_TRUE(commit({put("a", "1")}));
  Heard heard;
  auto watch = store->watch(1, heard.watcher());

  ASSERT_TRUE(commit({removal("a")}));
  hear([&] { return !heard.batches.empty(); });

  ASSERT_EQ(heard.batches.size(), 1u);
  EXPECT_EQ(heard.batches[0].writes.at(0).value, nullptr);
}

TEST_P(StoreConformance, watches_from_any_kept_revision_without_a_gap) {
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(commit({put("a", fmt::format("{}", i))}));
  std::vector<Heard> heard(21);
  std::vector<std::unique_ptr<Watch>> watches;

  for (Revision after = 0; after <= 20; ++after)
    watches.push_back(store->watch(after, heard[after].watcher()));
  ASSERT_TRUE(commit({put("a", "last")}));
  for (const auto& one : std::span(heard).first(21)) hear([&] { return one.has_reached(21); });

  for (Revision after = 0; after <= 20; ++after)
    EXPECT_EQ(heard[after].revisions(), count_up(after + 1, 21)) << "after " << after;
}

TEST_P(StoreConformance, catches_up_while_commits_run) {
  std::vector<async::testing::Outcome<Result<Revision>>> outcomes;
  std::vector<Heard> heard(10);
  std::vector<std::unique_ptr<Watch>> watches;

  for (std::size_t round = 0; round < heard.size(); ++round) {
    for (int i = 0; i < 20; ++i)
      outcomes.push_back(loop.start(store->commit({{}, {put("a", fmt::format("{}", i))}})));
    hear([&] { return outcomes[round * 20].is_done(); });
    watches.push_back(store->watch(0, heard[round].watcher()));
  }
  for (const auto& one : heard) hear([&] { return one.has_reached(200); });

  for (const auto& one : heard) EXPECT_EQ(one.revisions(), count_up(1, 200));
}

TEST_P(StoreConformance, ends_a_watch_with_its_object) {
  Heard heard;
  auto watch = store->watch(0, heard.watcher());
  ASSERT_TRUE(commit({put("a", "1")}));
  hear([&] { return heard.has_reached(1); });
  auto never_told = store->watch(0, heard.watcher());

  watch.reset();
  never_told.reset();
  ASSERT_TRUE(commit({put("a", "2")}));

  EXPECT_EQ(heard.revisions(), count_up(1, 1));
}

TEST_P(StoreConformance, lets_a_watch_end_itself_and_others_inside_its_call) {
  std::unique_ptr<Watch> first;
  std::unique_ptr<Watch> second;
  int calls = 0;
  auto end_both = [&](const std::vector<Batch>&) {
    ++calls;
    first.reset();
    second.reset();
  };
  first = store->watch(0, {end_both, nullptr});
  second = store->watch(0, {end_both, nullptr});

  ASSERT_TRUE(commit({put("a", "1")}));
  hear([&] { return calls > 0; });
  ASSERT_TRUE(commit({put("a", "2")}));

  EXPECT_EQ(calls, 1);
}

TEST_P(StoreConformance, says_compacted_and_serves_a_new_listing) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(commit({put("a", fmt::format("{}", i))}));
  Heard late;
  Heard fresh;

  ASSERT_TRUE(await(store->compact(5)));
  auto too_old = store->watch(4, late.watcher());
  hear([&] { return late.compacted > 0; });
  auto listing = list();
  auto watch = store->watch(listing.revision, fresh.watcher());
  ASSERT_TRUE(commit({put("a", "new")}));
  hear([&] { return fresh.has_reached(6); });

  EXPECT_EQ(late.compacted, 1);
  EXPECT_TRUE(late.batches.empty());
  EXPECT_EQ(*listing.entries.at(0).value, "4");
  EXPECT_EQ(fresh.revisions(), count_up(6, 6));
}

TEST_P(StoreConformance, compacts_no_more_than_asked) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(commit({put("a", fmt::format("{}", i))}));
  Heard kept;

  ASSERT_TRUE(await(store->compact(3)));
  auto watch = store->watch(3, kept.watcher());
  hear([&] { return kept.has_reached(5); });

  EXPECT_EQ(kept.revisions(), count_up(4, 5));
  EXPECT_FALSE(await(store->compact(6)));
}

TEST_P(StoreConformance, says_compacted_to_a_reader_ahead_of_the_head) {
  ASSERT_TRUE(commit({put("a", "1")}));
  Heard ahead;

  auto watch = store->watch(9, ahead.watcher());
  hear([&] { return ahead.compacted > 0; });

  EXPECT_TRUE(ahead.batches.empty());
}

struct LimitCase {
  const char* name;
  std::function<std::vector<Write>(std::size_t over)> writes;
};

TEST_P(StoreConformance, takes_what_is_at_a_limit_and_refuses_what_is_over_it) {
  auto many = [](std::size_t over) {
    std::vector<Write> writes;
    writes.reserve(Limits::operations + over);
    for (std::size_t i = 0; i < Limits::operations + over; ++i)
      writes.push_back(put(fmt::format("many/{}", i), "x"));
    return writes;
  };
  auto total = [](std::size_t over) {
    std::string half(Limits::commit / 2 - 6, 'x');
    return std::vector<Write>{put("half/1", half), put("half/2", half + std::string(over, 'x'))};
  };
  const std::vector<LimitCase> cases = {
      {"key",
       [](std::size_t over) { return std::vector{put(std::string(Limits::key + over, 'k'), "")}; }},
      {"value",
       [](std::size_t over) {
         return std::vector{put("v", std::string(Limits::value + over, 'v'))};
       }},
      {"operations", many},
      {"commit", total}};
  for (const auto& limit : cases) {
    auto head = store->head();

    auto over = commit(limit.writes(1));
    ASSERT_FALSE(over) << limit.name;
    EXPECT_EQ(over.error().code, Errc::too_large) << limit.name;
    EXPECT_EQ(store->head(), head) << limit.name;
    EXPECT_EQ(entry(limit.writes(0)[0].key), std::nullopt) << limit.name;

    EXPECT_TRUE(commit(limit.writes(0))) << limit.name;
    EXPECT_EQ(value(limit.writes(0)[0].key), *limit.writes(0)[0].value) << limit.name;
  }
}

TEST_P(StoreConformance, refuses_a_key_written_twice_and_an_empty_one) {
  auto twice = commit({put("a", "1"), removal("a")});
  auto empty = commit({put("", "1")});

  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().code, Errc::invalid);
  EXPECT_EQ(twice.error().field, "a");
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().code, Errc::invalid);
  EXPECT_EQ(store->head(), 0u);
}

TEST_P(StoreConformance, finishes_what_is_under_way_and_then_refuses) {
  auto under_way = loop.start(store->commit({{}, {put("a", "1")}}));
  loop.settle();

  EXPECT_TRUE(await(store->stop()));

  ASSERT_TRUE(under_way.is_done());
  EXPECT_TRUE(under_way.value());
  auto late = commit({put("a", "2")});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Errc::unavailable);
  EXPECT_EQ(await(store->read("a")).error().code, Errc::unavailable);
  EXPECT_EQ(await(store->list("")).error().code, Errc::unavailable);
}

}  // namespace
}  // namespace reeve::store::testing
