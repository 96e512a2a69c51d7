// Takes a cluster from one certificate authority to the next without shutting a node out. From
// rotate() on nodes' certificates are signed by the new CA, and every agent is asked to renew its
// own and gets both CAs with it; the link's port still shows a certificate of the old one. When all
// agents have both on their disks, finish() retires the old. Between the two a manager may stop and
// start: agents say in their hello which CAs they trust. Domain loop; files on the pool.
#pragma once

#include "async/call.hpp"
#include "manager/cluster.hpp"
#include "manager/editor.hpp"
#include "model/ca_status.hpp"
#include "store/catalog/catalog.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <unordered_set>
#include <vector>

namespace reeve::manager {

/// What a rotation works with; all of it outlives it.
struct CaRotationParts {
  const sys::Clock& clock;
  async::BlockingPool& pool;
  sys::Files& files;
  std::filesystem::path folder;  // of the CA's files
  ClusterIdentity& cluster;      // changed by this alone
  store::Catalog& catalog;
  Editor& editor;
};

class CaRotation {
 public:
  explicit CaRotation(CaRotationParts parts) : parts_(std::move(parts)) {}
  CaRotation(const CaRotation&) = delete;
  CaRotation& operator=(const CaRotation&) = delete;

  /// Called after each change of the CAs: the link's port and the agents have to follow.
  void on_change(std::function<void()> told) { told_ = std::move(told); }

  /// What an agent says it trusts: SHA-256 of CAs.
  void note_trusts(const std::string& node, const std::vector<std::string>& trusts);

  const std::string& fingerprint() const { return parts_.cluster.ca_fingerprint; }
  model::CaStatus status() const;

  /// `conflict` while one is under way.
  Task<Result<>> rotate(Actor actor);
  /// `in_use` while nodes do not trust the new CA, unless `force`: they are left behind then.
  Task<Result<>> finish(Actor actor, bool force);

 private:
  Task<Result<>> begin(Actor actor);
  Task<Result<>> retire(Actor actor, bool force);
  Task<Result<>> write_down(Actor actor, std::string action);
  Result<> check_trust(bool force) const;

  CaRotationParts parts_;
  std::function<void()> told_;
  std::unordered_set<std::string> trusting_;  // uids of nodes that trust the next CA
  bool is_busy_ = false;
};

}  // namespace reeve::manager
