// What makes an installation one: the cluster's document in the store, and its certificate
// authority in files of the manager's folder. Opened once at the start, before the catalog. The
// document is for any thread; the CAs, which a rotation changes, are the domain loop's.
#pragma once

#include "async/call.hpp"
#include "model/record.hpp"
#include "net/ca.hpp"
#include "net/tls.hpp"
#include "store/store.hpp"
#include "sys/clock.hpp"
#include "sys/files.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reeve::manager {

struct ClusterIdentity {
  model::Cluster document;
  net::Identity ca;
  std::string ca_fingerprint;            // what join tokens carry
  std::optional<net::Identity> next_ca;  // while a rotation is under way: nodes' are signed by it
  std::vector<std::string> managers;     // link addresses that nodes shall keep; may be none
  WallTime built{};                      // it is later than that, whatever the clock says

  /// What the manager's certificate is for, whatever its address: "manager.<cluster id>".
  std::string server_name() const;
  /// What a node's certificate says: "reeve://<cluster id>/node/<uid>".
  std::string node_uri(std::string_view uid) const;
  /// The uid in a URI of this cluster; nothing for any other.
  std::optional<std::string> node_of(std::string_view uri) const;

  /// A node's certificate for the key of the request, good from `now`, as PEM.
  Result<std::string> certify(const std::string& csr, std::string_view uid, WallTime now) const;
  /// The CAs that nodes shall trust, as PEM; the one of the join tokens first.
  std::string bundle() const;
  /// Their SHA-256, sorted.
  std::vector<std::string> bundle_fingerprints() const;
};

/// What opening a cluster works with; passed by value, all of it outlives the task.
struct ClusterParts {
  store::Store& store;
  const sys::Clock& clock;
  async::BlockingPool& pool;  // where the files are read and written
  sys::Files& files;
};

/// Opens, or makes at the first start: the CA's files in `folder`, then the document. What is
/// damaged or half there is left alone and said in a sentence with what to do. Domain loop.
Task<Result<ClusterIdentity>> open_cluster(ClusterParts parts, std::filesystem::path folder);

/// TLS of the link's port: a certificate issued now, its chain ended by the CA's; clients may show
/// a certificate of the CAs, also one that has expired: who reads the connection decides.
Result<net::ServerTlsSettings> link_tls(const ClusterIdentity& cluster, WallTime now);

}  // namespace reeve::manager
