// Makes API tokens and join tokens: the secret that is shown once, and the document that keeps only
// its digest. Any thread.
#pragma once

#include "model/access.hpp"
#include "store/store.hpp"

#include <string>

namespace reeve::manager {

struct MadeToken {
  model::StoredToken stored;
  model::Token shown;
  std::string secret;  // "reeve_…", what stands behind Bearer
};
MadeToken make_token(const model::TokenRequest& asked, const std::string& by, WallTime now);
store::Write write_of(const MadeToken& token);

struct MadeJoinToken {
  model::StoredJoinToken stored;
  model::JoinToken shown;
  std::string secret;  // "<CA fingerprint>.<secret>"
};
MadeJoinToken make_join_token(const model::JoinTokenRequest& asked, const std::string& by,
                              const std::string& ca_fingerprint, WallTime now);
store::Write write_of(const MadeJoinToken& token);

}  // namespace reeve::manager
