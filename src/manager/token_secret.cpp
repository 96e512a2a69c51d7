#include "manager/token_secret.hpp"

#include "link/join_token.hpp"
#include "manager/uid.hpp"
#include "net/digest.hpp"
#include "store/catalog/keys.hpp"

namespace reeve::manager {
namespace {

constexpr std::size_t kSecretBytes = 32;

std::optional<WallTime> end_of(const std::optional<Duration>& lifetime, WallTime now) {
  if (!lifetime) return std::nullopt;
  // The clock of a machine may be far ahead: what a time cannot say ends with time itself.
  return *lifetime > WallTime::max() - now ? WallTime::max() : now + *lifetime;
}

}  // namespace

MadeToken make_token(const model::TokenRequest& asked, const std::string& by, WallTime now) {
  MadeToken made;
  made.secret = "reeve_" + net::random_hex(kSecretBytes);
  made.shown = {new_uid(now), asked.name, asked.role, end_of(asked.lifetime, now), now, by};
  static_cast<model::Token&>(made.stored) = made.shown;
  made.stored.hash = net::sha256(made.secret);
  return made;
}

store::Write write_of(const MadeToken& token) {
  return {store::keys::token(token.shown.uid), store::bytes(json::encode_text(token.stored))};
}

MadeJoinToken make_join_token(const model::JoinTokenRequest& asked, const std::string& by,
                              const std::string& ca_fingerprint, WallTime now) {
  MadeJoinToken made;
  auto secret = net::random_hex(kSecretBytes);
  made.secret = link::join_token_text({ca_fingerprint, secret});
  made.shown.uid = new_uid(now);
  if (!asked.unlimited) made.shown.uses = asked.uses;
  made.shown.labels = asked.labels;
  made.shown.name_pattern = asked.name_pattern;
  made.shown.node = asked.node;
  made.shown.expires = end_of(asked.lifetime, now);
  made.shown.created = now;
  made.shown.created_by = by;
  static_cast<model::JoinToken&>(made.stored) = made.shown;
  made.stored.hash = link::join_token_hash(secret);
  return made;
}

store::Write write_of(const MadeJoinToken& token) {
  return {store::keys::join_token(token.shown.uid), store::bytes(json::encode_text(token.stored))};
}

}  // namespace reeve::manager
