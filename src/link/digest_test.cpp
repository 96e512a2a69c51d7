#include "link/digest.hpp"

#include <gtest/gtest.h>

namespace reeve::link {
namespace {

TEST(SpecDigest, is_empty_for_an_empty_spec) { EXPECT_EQ(spec_digest({}), ""); }

TEST(SpecDigest, tells_specs_apart_by_service_and_by_list) {
  auto one = spec_digest({{"a", "1"}, {"b", "2"}});

  EXPECT_EQ(one.size(), 64u);
  EXPECT_EQ(one, spec_digest({{"b", "2"}, {"a", "1"}}));
  EXPECT_NE(one, spec_digest({{"a", "2"}, {"b", "1"}}));
  EXPECT_NE(one, spec_digest({{"a", "1"}}));
}

// The agent keeps digests on its disk over upgrades: the way they are made never changes.
TEST(SpecDigest, is_the_same_for_ever) {
  EXPECT_EQ(list_digest("{}"), "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
  EXPECT_EQ(spec_digest({{"a", "1"}}),
            "6a03830a1811a4a0f43d6bf891c9461728aa0f1b49f389fcdc8b36e67e6560c2");
}

}  // namespace
}  // namespace reeve::link
