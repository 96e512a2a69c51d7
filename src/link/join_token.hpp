// The text of a join token: "<SHA-256 of the CA's certificate>.<secret>", both 64 hexadecimal
// digits. The joiner pins the CA by the first half; the manager stores the digest of the second.
// Pure; any thread.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace reeve::link {

struct JoinTokenParts {
  std::string ca_fingerprint;
  std::string secret;
};

std::string join_token_text(const JoinTokenParts& parts);
Result<JoinTokenParts> parse_join_token(std::string_view text);

/// What the manager stores and looks up: SHA-256 of the secret half.
std::string join_token_hash(std::string_view secret);

}  // namespace reeve::link
