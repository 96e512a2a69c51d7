#include "base/error.hpp"

#include <boost/describe/enumerators.hpp>
#include <boost/mp11/algorithm.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <set>

namespace reeve {
namespace {

using testing::AllOf;
using testing::Ge;
using testing::HasSubstr;
using testing::Le;
using testing::StartsWith;

TEST(Errc, every_code_has_its_own_wire_name_and_an_error_status) {
  std::set<std::string_view> names;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<Errc>>([&](auto code) {
    EXPECT_EQ(to_string(code.value), code.name);
    EXPECT_TRUE(names.insert(to_string(code.value)).second) << code.name;
    EXPECT_THAT(http_status(code.value), AllOf(Ge(400), Le(507))) << code.name;
  });

  EXPECT_EQ(names.size(), static_cast<std::size_t>(Errc::internal) + 1);
}

TEST(Errc, faults_of_the_caller_are_4xx_and_ours_5xx) {
  EXPECT_EQ(http_status(Errc::invalid), 400);
  EXPECT_EQ(http_status(Errc::stale), 412);
  EXPECT_EQ(http_status(Errc::too_many), 429);
  EXPECT_EQ(http_status(Errc::io), 503);
  EXPECT_EQ(http_status(Errc::storage_full), 507);
}

TEST(Error, context_goes_in_front_and_leaves_the_rest) {
  Error inner{Errc::invalid, "port must be 1-65535, got \"0\"", "/port", {}};

  Error outer = std::move(inner).in_context("in listen address");

  EXPECT_EQ(outer.what, "in listen address: port must be 1-65535, got \"0\"");
  EXPECT_EQ(outer.code, Errc::invalid);
  EXPECT_EQ(outer.field, "/port");
}

TEST(Error, several_faults_make_one_error_that_speaks_as_the_first) {
  Error error = error_of({{"exists", "two instances are the same", "/instances/1"},
                          {"invalid", "weight must be 0-100, got 101", "/instances/0/weight"}});

  EXPECT_EQ(error.code, Errc::exists);
  EXPECT_EQ(error.what, "two instances are the same");
  EXPECT_EQ(error.field, "/instances/1");
  EXPECT_EQ(error.faults.size(), 2U);
}

TEST(Error, a_fault_with_an_unknown_code_counts_as_invalid) {
  EXPECT_EQ(error_of({{"no such code", "bad", ""}}).code, Errc::invalid);
}

TEST(Error, no_space_left_is_told_apart_from_other_system_errors) {
  EXPECT_EQ(errno_error(ENOSPC, "write x").code, Errc::storage_full);
  EXPECT_EQ(errno_error(EDQUOT, "write x").code, Errc::storage_full);
  EXPECT_EQ(errno_error(EACCES, "write x").code, Errc::io);
  EXPECT_THAT(errno_error(EACCES, "write x").what,
              AllOf(StartsWith("write x: "), HasSubstr("ermission denied")));
}

}  // namespace
}  // namespace reeve
