#include "net/http/fair_queue.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace reeve::net {
namespace {

TEST(FairQueue, gives_each_address_its_turn) {
  FairQueue<int> queue;
  for (int i = 0; i < 1000; ++i) queue.push("10.0.0.1", i);
  queue.push("10.0.0.2", 2000);
  queue.push("10.0.0.2", 2001);
  queue.push("10.0.0.3", 3000);

  std::vector<int> order;
  for (int i = 0; i < 6; ++i) order.push_back(*queue.pop());
  EXPECT_EQ(order, (std::vector{0, 2000, 3000, 1, 2001, 2}));
  EXPECT_EQ(queue.size(), 997u);
}

TEST(FairQueue, gives_out_the_first_ones_that_are_wanted) {
  FairQueue<int> queue;
  for (int item : {1, 2, 9, 3}) queue.push("a", item);
  for (int item : {2, 2}) queue.push("b", item);
  queue.push("c", 8);

  auto is_small = [](int item) { return item < 5; };
  EXPECT_EQ(queue.take_first(is_small), (std::vector<int>{1, 2, 2, 2}));
  EXPECT_EQ(queue.size(), 3u);
  EXPECT_EQ(queue.pop(), 9);
  EXPECT_EQ(queue.pop(), 8);
  EXPECT_EQ(queue.pop(), 3);
}

TEST(FairQueue, passes_over_those_who_may_not_come) {
  FairQueue<int> queue;
  for (int item : {1, 2}) queue.push("a", item);
  queue.push("b", 3);
  auto but_a = [](const std::string& from) { return from != "a"; };

  EXPECT_EQ(queue.pop_of(but_a), 3);
  EXPECT_EQ(queue.pop_of(but_a), std::nullopt);
  EXPECT_EQ(queue.size(), 2u);
  EXPECT_EQ(queue.pop(), 1);
}

TEST(FairQueue, keeps_the_order_of_one_address_and_ends) {
  FairQueue<int> queue;
  EXPECT_FALSE(queue.pop());
  queue.push("a", 1);
  queue.push("a", 2);
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(queue.pop(), 2);
  EXPECT_FALSE(queue.pop());
}

}  // namespace
}  // namespace reeve::net
