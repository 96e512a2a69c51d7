#include "cli/output.hpp"

#include <gtest/gtest.h>

namespace reeve::cli {
namespace {

Error two_faults() {
  Error error{Errc::invalid, "expected a port", "/port", {}};
  error.faults = {{"invalid", "expected a port", "/port"},
                  {"invalid", "line 3, column 1: no", "/x"}};
  return error;
}

TEST(Output, says_an_error_in_one_sentence_and_further_faults_below) {
  EXPECT_EQ(error_text(two_faults()),
            "reeve: expected a port (/port)\n"
            "       line 3, column 1: no\n");
}

TEST(Output, gives_programs_the_error_as_the_api_does) {
  EXPECT_EQ(json::serialize(error_document(Error{Errc::not_found, "there is none", "", {}})),
            R"({"error":{"code":"not_found","message":"there is none","field":null,"faults":[]}})");
}

}  // namespace
}  // namespace reeve::cli
