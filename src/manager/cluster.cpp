#include "manager/cluster.hpp"

#include "manager/ca_files.hpp"
#include "net/digest.hpp"
#include "store/catalog/keys.hpp"
#include "sys/build_time.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace reeve::manager {
namespace {

using store::keys::kCluster;
using Document = std::optional<model::Cluster>;

struct CaPair {
  net::Identity ca;
  std::optional<net::Identity> next;
};

Task<Result<Document>> read_document(ClusterParts parts) {
  CO_TRY_ASSIGN(auto entry, co_await parts.store.read(std::string(kCluster)),
                "reading the cluster");
  if (!entry) co_return Document();
  CO_TRY_ASSIGN(auto document,
                json::decode_text<model::Cluster>(*entry->value, json::Mode::lenient),
                "in the store at {}", kCluster);
  if (document.id.empty())
    co_return fail(Errc::corrupt, "in the store at {}: expected the cluster's id", kCluster);
  co_return document;
}

Task<Result<model::Cluster>> create_document(ClusterParts parts, model::Cluster document) {
  store::Commit commit;
  commit.guards.push_back({std::string(kCluster), 0});
  commit.writes.push_back({std::string(kCluster), store::bytes(json::encode_text(document))});
  auto committed = co_await parts.store.commit(std::move(commit));
  if (committed) co_return document;
  if (committed.error().code != Errc::conflict)
    co_return fail(std::move(committed).error().in_context("writing the cluster"));
  CO_TRY_ASSIGN(auto theirs, co_await read_document(parts));
  if (!theirs) co_return fail(Errc::conflict, "the cluster was made and removed at the same time");
  co_return *theirs;
}

}  // namespace

std::string ClusterIdentity::server_name() const { return "manager." + document.id; }

std::string ClusterIdentity::node_uri(std::string_view uid) const {
  return fmt::format("reeve://{}/node/{}", document.id, uid);
}

std::optional<std::string> ClusterIdentity::node_of(std::string_view uri) const {
  auto prefix = node_uri("");
  if (!uri.starts_with(prefix) || uri.size() == prefix.size()) return std::nullopt;
  return std::string(uri.substr(prefix.size()));
}

Result<std::string> ClusterIdentity::certify(const std::string& csr, std::string_view uid,
                                             WallTime now) const {
  return net::sign_request(next_ca.value_or(ca), csr, node_uri(uid), sys::plausible(now, built));
}

std::string ClusterIdentity::bundle() const {
  return next_ca ? ca.certificate_pem + next_ca->certificate_pem : ca.certificate_pem;
}

std::vector<std::string> ClusterIdentity::bundle_fingerprints() const {
  std::vector<std::string> fingerprints;
  if (auto all = net::read_certificates(bundle()))
    for (const auto& facts : *all) fingerprints.push_back(facts.fingerprint);
  std::ranges::sort(fingerprints);
  return fingerprints;
}

Task<Result<ClusterIdentity>> open_cluster(ClusterParts parts, std::filesystem::path folder) {
  CO_TRY_ASSIGN(auto found, co_await read_document(parts));
  ClusterIdentity cluster;
  cluster.built = sys::build_time();
  auto now = sys::plausible(parts.clock.wall(), cluster.built);
  cluster.document = found.value_or(model::Cluster{net::random_hex(8), 1, now, {}});

  // The document is made after the CA: once it is there, so is the CA that its nodes trust.
  auto mode = found ? CaFiles::must_exist : CaFiles::may_be_made;
  auto name = "Reeve CA of cluster " + cluster.document.id;
  std::function<Result<CaPair>()> open = [&files = parts.files, folder, mode, name,
                                          now]() -> Result<CaPair> {
    TRY_ASSIGN(auto ca, open_ca(files, folder, mode, name, now));
    TRY_ASSIGN(auto next, open_next_ca(files, folder));
    return CaPair{std::move(ca), std::move(next)};
  };
  CO_TRY_ASSIGN(auto pair, co_await parts.pool.run(std::move(open)));
  cluster.ca = std::move(pair.ca);
  cluster.next_ca = std::move(pair.next);
  CO_TRY_ASSIGN(auto facts, net::read_certificate(cluster.ca.certificate_pem));
  cluster.ca_fingerprint = facts.fingerprint;
  if (found) co_return cluster;
  CO_TRY_ASSIGN(cluster.document, co_await create_document(parts, cluster.document));
  co_return cluster;
}

Result<net::ServerTlsSettings> link_tls(const ClusterIdentity& cluster, WallTime now) {
  auto time = sys::plausible(now, cluster.built);
  TRY_ASSIGN(auto issued, net::issue_server(cluster.ca, {cluster.server_name()}, time));
  net::ServerTlsSettings settings;
  settings.chain_pem = issued.certificate_pem + cluster.ca.certificate_pem;
  settings.key_pem = issued.key_pem;
  settings.client_ca_pem = cluster.bundle();
  settings.verify = net::ClientCertificate::optional;
  settings.accept_expired = true;
  settings.sends_chain_to_strangers_only = true;
  return settings;
}

}  // namespace reeve::manager
