#include "cli/commands/status_advice.hpp"

#include <gtest/gtest.h>

namespace reeve::cli {
namespace {

using manager::api::Status;

// An installation where all is as it should be.
Status good() {
  Status status;
  status.nodes.total = status.nodes.up = 2;
  status.services = 1;
  status.subscribers.total = status.subscribers.current = 2;
  return status;
}

std::string lines(const Status& status) {
  std::string all;
  for (const auto& line : advice(status, "reeve")) all += line + "\n";
  return all;
}

TEST(StatusAdvice, is_none_where_all_is_well) { EXPECT_EQ(lines(good()), ""); }

TEST(StatusAdvice, leads_who_begins_to_the_next_step) {
  EXPECT_EQ(lines(Status{}),
            "no nodes yet: `reeve join-token create` says how a machine joins\n"
            "no services yet: `reeve service apply -f FILE` adds one, `reeve apply --help` shows "
            "how it looks\n");
  auto status = good();
  status.subscribers = {};
  EXPECT_EQ(lines(status),
            "nobody has a list yet: `reeve subscriber add SERVICE NODE` pushes one\n");
}

TEST(StatusAdvice, names_who_failed_with_the_reason_and_where_to_look) {
  auto status = good();
  status.subscribers.failed = 1;
  status.troubles.push_back({"pay", "web-1", "disk is full"});

  EXPECT_EQ(lines(status),
            "web-1 did not take pay: disk is full; look closer: `reeve subscriber ls pay`\n");
}

TEST(StatusAdvice, counts_those_that_failed_and_are_not_named) {
  auto status = good();
  for (int i = 0; i < 9; ++i)
    status.troubles.push_back({"pay", fmt::format("web-{}", i), "disk is full"});
  status.subscribers.failed = 9;
  EXPECT_NE(lines(status).find("4 subscribers more did not take a list"), std::string::npos)
      << lines(status);

  status.subscribers.failed = 2;
  EXPECT_EQ(lines(status).find("more did not take a list"), std::string::npos)
      << "the others have never joined";
}

TEST(StatusAdvice, names_what_is_not_pushed_and_how_to_push_it) {
  auto status = good();
  status.unpushed_count = 1;
  status.unpushed.push_back({"pay", 7, 6});

  EXPECT_EQ(lines(status),
            "pay: revision 7 is not pushed (6 is); `reeve service diff pay` shows what it changes, "
            "`reeve service push pay` pushes it\n");
}

TEST(StatusAdvice, names_the_first_few_and_counts_the_others) {
  auto status = good();
  status.nodes.down = 7;
  for (int i = 0; i < 7; ++i)
    status.missing.push_back({fmt::format("web-{}", i), model::NodeState::down});

  auto text = lines(status);
  EXPECT_NE(text.find("node web-4 is down"), std::string::npos) << text;
  EXPECT_EQ(text.find("web-5"), std::string::npos) << text;
  EXPECT_NE(text.find("2 nodes more are not up: `reeve node ls`"), std::string::npos) << text;
  EXPECT_EQ(first_names({"a", "b"}, 2), "a, b");
  EXPECT_EQ(first_names({"a", "b"}, 5), "a, b and 3 more");
}

TEST(StatusAdvice, leaves_what_happened_once_to_the_notices) {
  auto status = good();
  status.unread_notices = 2;

  EXPECT_EQ(lines(status), "");
}

}  // namespace
}  // namespace reeve::cli
