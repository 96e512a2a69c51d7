#include "agent/pauses.hpp"

#include <gtest/gtest.h>

namespace reeve::agent {
namespace {

using namespace std::chrono_literals;

TEST(Pauses, double_up_to_the_longest) {
  Pauses pauses({1s, 20s}, [] { return 1.0; });

  EXPECT_EQ(pauses.next(), 1s);
  EXPECT_EQ(pauses.next(), 2s);
  EXPECT_EQ(pauses.next(), 4s);
  EXPECT_EQ(pauses.next(), 8s);
  EXPECT_EQ(pauses.next(), 16s);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(pauses.next(), 20s);
}

TEST(Pauses, are_never_shorter_than_a_quarter) {
  Pauses pauses({1s, 20s}, [] { return 0.0; });

  EXPECT_EQ(pauses.next(), 250ms);
  EXPECT_EQ(pauses.next(), 500ms);
}

TEST(Pauses, begin_anew_after_a_success) {
  Pauses pauses({1s, 20s}, [] { return 1.0; });
  pauses.next();
  pauses.next();

  pauses.reset();

  EXPECT_EQ(pauses.next(), 1s);
}

TEST(Pauses, differ_from_agent_to_agent) {
  Pauses one({1s, 20s}, system_randomness());
  Pauses other({1s, 20s}, system_randomness());

  EXPECT_NE(one.next(), other.next());
}

}  // namespace
}  // namespace reeve::agent
