// Who this node is: what joining gave it, and how that is kept on disk. Loaded once at the start;
// immutable after it. The functions block: for the pool.
#pragma once

#include "agent/paths.hpp"
#include "base/result.hpp"
#include "json/codec.hpp"
#include "net/ca.hpp"
#include "sys/files.hpp"

#include <optional>
#include <string>
#include <vector>

namespace reeve::agent {

/// identity.json
struct Identity {
  std::string node;  // uid
  std::string name;
  std::string cluster;
  std::string server_name;            // what the managers' certificates are for
  std::vector<std::string> managers;  // the addresses it joined with, or was told since
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(Identity, (), (node, name, cluster, server_name, managers))

constexpr auto rules(const Identity*) {
  return std::array{json::field("node").required(), json::field("name").required(),
                    json::field("cluster").required(), json::field("server_name").required()};
}

struct Credentials {
  Identity identity;
  std::string key_pem;
  std::string certificate_pem;
  std::string ca_pem;
};

/// Nothing if the node has not joined.
Result<std::optional<Credentials>> load_credentials(sys::Files& files, const Paths& paths);

/// identity.json last, so that a node either has joined or may join again.
Result<> save_credentials(sys::Files& files, const Paths& paths, const Credentials& credentials);

/// A certificate that was renewed and its CAs; the latter last, for a certificate of the newest CA
/// is good with the CAs of before.
Result<> save_certificate(sys::Files& files, const Paths& paths, const Credentials& credentials);
/// identity.json alone.
Result<> save_identity(sys::Files& files, const Paths& paths, const Identity& identity);

/// The key to join with, kept before anybody is asked: a machine that dies between the manager's
/// yes and our writing it down asks again with the same key, and gets the same answer.
Result<net::CertificateRequest> find_or_make_request(sys::Files& files, const Paths& paths);

/// /etc/machine-id, or "" where there is none.
std::string read_machine_id(sys::Files& files);

}  // namespace reeve::agent
