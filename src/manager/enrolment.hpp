// Lets a machine in: checks its join token and name, certifies its key and writes the node down, in
// one commit with the token's use. Domain loop.
#pragma once

#include "link/messages.hpp"
#include "manager/cluster.hpp"
#include "manager/editor.hpp"
#include "manager/keyed_locks.hpp"
#include "manager/refusal_log.hpp"
#include "store/catalog/catalog.hpp"

#include <optional>
#include <string>

namespace reeve::manager {

class Enrolment {
 public:
  /// All must outlive this.
  Enrolment(async::Loop& domain, const ClusterIdentity& cluster, store::Catalog& catalog,
            Editor& editor, RefusalLog& refusals);
  Enrolment(const Enrolment&) = delete;
  Enrolment& operator=(const Enrolment&) = delete;

  /// `from` is the peer's address. Refusals are audited. Joining again with the key of the node
  /// that has the name is allowed: the first answer may be lost. Under a name that is taken another
  /// machine joins with a token made for that node, takes its place, and the old key is shut out.
  Task<Result<link::JoinAnswer>> join(link::JoinRequest request, std::string from,
                                      std::string request_id);

 private:
  struct Applicant {
    link::JoinRequest request;
    Actor actor;
    std::string token_hash;
    std::string key_fingerprint;  // of the key to certify
  };
  Result<Applicant> check(link::JoinRequest request, Actor actor) const;
  Task<Result<link::JoinAnswer>> admit(Applicant applicant);
  /// And puts the answer together.
  Result<std::optional<Edit>> decide_on(const Applicant& applicant, link::JoinAnswer& made) const;
  void write_down(const Actor& actor, const std::string& name, const Error& why);
  Result<link::JoinAnswer> answer(const Applicant& applicant, const model::StoredNode& node) const;

  async::Loop& domain_;
  const ClusterIdentity& cluster_;
  store::Catalog& catalog_;
  Editor& editor_;
  RefusalLog& refusals_;
  KeyedLocks locks_;  // by the hash of a token, whose uses are counted one by one
};

}  // namespace reeve::manager
