#include "sys/memory.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace reeve::sys {
namespace {

/// KiB of executable pages of files in this process.
long resident_code() {
  std::ifstream maps("/proc/self/smaps");
  long sum = 0;
  bool is_code = false;
  for (std::string line; std::getline(maps, line);) {
    if (line.find("-") < line.find(":"))
      is_code = line.find(" r-xp ") != std::string::npos && line.find('/') != std::string::npos;
    else if (is_code && line.starts_with("Rss:"))
      sum += std::stol(line.substr(4));
  }
  return sum;
}

TEST(ShedCode, leaves_what_is_not_used_out_of_memory_and_goes_on) {
  auto before = resident_code();
  ASSERT_GT(before, 0);
  shed_code();
  auto after = resident_code();
  EXPECT_LT(after, before);
  EXPECT_GT(after, 0) << "what runs now";
}

}  // namespace
}  // namespace reeve::sys
