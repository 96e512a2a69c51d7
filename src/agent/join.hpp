// Joining a cluster: a manager certifies the machine's key for a token. Runs on one I/O loop;
// nothing is written to disk here.
#pragma once

#include "agent/identity.hpp"
#include "async/loop.hpp"
#include "net/address.hpp"

#include <string>
#include <vector>

namespace reeve::agent {

struct JoinOrder {
  std::string token;
  std::string name;  // the node's
  std::string machine_id;
  net::CertificateRequest key;
  std::vector<net::Endpoint> managers;
  Duration limit = std::chrono::seconds(30);  // for each manager
};

/// Asks one manager after the other until one answers; a refusal ends it at once, for the others
/// would say the same. The CA must be the one whose fingerprint the token carries.
Task<Result<Credentials>> join(async::Loop& loop, JoinOrder order);

}  // namespace reeve::agent
