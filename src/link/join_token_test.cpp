#include "link/join_token.hpp"

#include <gtest/gtest.h>

namespace reeve::link {
namespace {

TEST(JoinToken, has_two_halves) {
  JoinTokenParts parts{std::string(64, 'a'), std::string(64, '0')};

  auto read = parse_join_token(join_token_text(parts));

  ASSERT_TRUE(read);
  EXPECT_EQ(read->ca_fingerprint, parts.ca_fingerprint);
  EXPECT_EQ(read->secret, parts.secret);
}

TEST(JoinToken, refuses_other_texts_without_quoting_them) {
  for (const std::string& text : {std::string(), std::string(64, 'a'), std::string(129, 'a'),
                                  std::string(64, 'a') + "." + std::string(64, 'G'),
                                  std::string(64, 'a') + ".0" + std::string(64, '0')}) {
    auto read = parse_join_token(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().what.find(text.empty() ? "\"\"" : text.substr(0, 60)),
              std::string::npos);
  }
}

}  // namespace
}  // namespace reeve::link
