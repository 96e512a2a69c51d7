#include "store/catalog/chunked_map.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

namespace reeve::store {
namespace {

using Map = ChunkedMap<int>;

std::map<std::string, int> contents(const Map& map) {
  std::map<std::string, int> all;
  for (const auto& item : map) all.emplace_hint(all.end(), item.key, item.value);
  return all;
}

std::string key(int number) { return fmt::format("key/{:05}", number); }

Map numbered(int count) {
  Map::Builder builder;
  for (int i = 0; i < count; ++i) builder.set(key(i), i);
  return std::move(builder).build();
}

TEST(ChunkedMap, is_empty_at_first) {
  Map map;

  EXPECT_TRUE(map.empty());
  EXPECT_EQ(map.begin(), map.end());
  EXPECT_EQ(map.lower_bound("a"), map.end());
  EXPECT_EQ(map.find("a"), nullptr);
  EXPECT_TRUE(map.without("a").empty());
}

TEST(ChunkedMap, leaves_older_versions_as_they_were) {
  auto first = numbered(1000);

  auto second = first.with(key(500), -1).with("zzz", 7);
  auto third = second.without(key(0));

  EXPECT_EQ(contents(first), contents(numbered(1000)));
  EXPECT_EQ(*second.find(key(500)), -1);
  EXPECT_EQ(second.size(), 1001u);
  EXPECT_EQ(third.begin()->key, key(1));
  EXPECT_EQ(*second.find(key(0)), 0);
}

TEST(ChunkedMap, pages_from_any_key) {
  auto map = numbered(1000);

  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(map.lower_bound(key(i))->value, i);
    auto after = map.lower_bound(key(i) + '\0');
    if (i < 999) {
      EXPECT_EQ(after->value, i + 1);
    } else {
      EXPECT_EQ(after, map.end());
    }
  }
  EXPECT_EQ(map.lower_bound("")->value, 0);
}

TEST(ChunkedMap, orders_keys_by_their_bytes) {
  auto map = Map().with("\xff", 3).with("a", 1).with(std::string("a\0", 2), 2).with("", 0);

  std::string order;
  for (const auto& item : map) order += static_cast<char>('0' + item.value);

  EXPECT_EQ(order, "0123");
}

// Few distinct keys, so that sets and erases meet; enough of them that chunks split and join.
rc::Gen<std::vector<std::pair<int, bool>>> changes() {
  return rc::gen::resize(3000, rc::gen::container<std::vector<std::pair<int, bool>>>(rc::gen::pair(
                                   rc::gen::inRange(0, 700), rc::gen::arbitrary<bool>())));
}

RC_GTEST_PROP(ChunkedMap, says_what_a_std_map_says, ()) {
  std::map<std::string, int> expected;
  Map map;
  auto steps = *changes();
  int value = 0;

  for (auto [number, is_set] : steps) {
    if (is_set) {
      expected[key(number)] = ++value;
      map = map.with(key(number), value);
    } else {
      expected.erase(key(number));
      map = map.without(key(number));
    }
    RC_ASSERT(map.size() == expected.size());
  }

  RC_ASSERT(contents(map) == expected);
  for (int i = 0; i < 700; ++i) {
    auto known = expected.find(key(i));
    auto found = map.find(key(i));
    RC_ASSERT((found != nullptr) == (known != expected.end()));
    if (found) RC_ASSERT(*found == known->second);
  }
}

RC_GTEST_PROP(ChunkedMap, is_built_in_bulk_as_step_by_step, ()) {
  auto start = numbered(*rc::gen::inRange(0, 1500));
  auto steps = *changes();
  auto expected = contents(start);
  Map::Builder builder(start);

  for (auto [number, is_set] : steps) {
    bool was_there = expected.contains(key(number));
    if (is_set) {
      expected[key(number)] = -number;
      builder.set(key(number), -number);
      RC_ASSERT(builder.find(key(number)) != nullptr);
    } else {
      expected.erase(key(number));
      RC_ASSERT(builder.erase(key(number)) == was_there);
    }
  }
  auto before = contents(start);
  auto map = std::move(builder).build();

  RC_ASSERT(contents(map) == expected);
  RC_ASSERT(map.size() == expected.size());
  RC_ASSERT(contents(start) == before);
}

}  // namespace
}  // namespace reeve::store
