#include "link/join_token.hpp"

#include "net/digest.hpp"

#include <algorithm>

namespace reeve::link {
namespace {

bool is_hex_digest(std::string_view text) {
  return text.size() == 64 && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace

std::string join_token_text(const JoinTokenParts& parts) {
  return parts.ca_fingerprint + "." + parts.secret;
}

Result<JoinTokenParts> parse_join_token(std::string_view text) {
  auto dot = text.find('.');
  auto fingerprint = text.substr(0, dot);
  auto secret = dot == text.npos ? std::string_view() : text.substr(dot + 1);
  // The text is a secret and is not quoted.
  if (!is_hex_digest(fingerprint) || !is_hex_digest(secret))
    return fail(Errc::invalid,
                "a join token is 64 hexadecimal digits, a dot and 64 more, got {} characters",
                text.size());
  return JoinTokenParts{std::string(fingerprint), std::string(secret)};
}

std::string join_token_hash(std::string_view secret) { return net::sha256(secret); }

}  // namespace reeve::link
