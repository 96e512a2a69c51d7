#include "sys/accounts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reeve::sys {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

TEST(Accounts, finds_a_user_by_name_and_by_number) {
  auto by_name = find_account("root");
  auto by_number = find_account("0");

  ASSERT_TRUE(by_name && by_number);
  EXPECT_EQ(by_name->uid, 0U);
  EXPECT_EQ(by_name->home, "/root");
  EXPECT_EQ(by_number->name, "root");
  EXPECT_THAT(by_name->groups, Contains(0U));
}

TEST(Accounts, says_who_does_not_exist) {
  auto user = find_account("no-such-user");
  auto group = find_ownership("root", "no-such-group");
  auto number = find_account("4123456789");

  ASSERT_FALSE(user || group || number);
  EXPECT_EQ(user.error().what, "there is no user \"no-such-user\" on this machine");
  EXPECT_EQ(group.error().what, "there is no group \"no-such-group\" on this machine");
  EXPECT_THAT(number.error().what, HasSubstr("no user \"4123456789\""));
}

TEST(Accounts, a_files_group_is_its_users_own_unless_said) {
  auto own = find_ownership("nobody", "");
  auto said = find_ownership("nobody", "0");
  auto numbers = find_ownership("4123456789", "17");

  ASSERT_TRUE(own && said && numbers);
  EXPECT_EQ(own->gid, find_account("nobody")->gid);
  EXPECT_EQ(said->gid, 0U);
  EXPECT_EQ(numbers->uid, 4123456789U);
  EXPECT_EQ(numbers->gid, 17U);
}

}  // namespace
}  // namespace reeve::sys
