// Lets a machine in: checks its join token and name, certifies its key and writes the node down, in
// one commit with the token's use. Domain loop.
#pragma once

#include "link/messages.hpp"
#include "manager/api/keyed_locks.hpp"
#include "manager/cluster.hpp"
#include "manager/editor.hpp"
#include "manager/rate_limit.hpp"
#include "store/catalog/catalog.hpp"

#include <string>

namespace reeve::manager {

class Enrolment {
 public:
  /// All must outlive this.
  Enrolment(async::Loop& domain, const ClusterIdentity& cluster, store::Catalog& catalog,
            Editor& editor);
  Enrolment(const Enrolment&) = delete;
  Enrolment& operator=(const Enrolment&) = delete;

  /// `from` is the peer's address. Refusals are audited, so many a minute for each address. Joining
  /// again with the key of the node that has the name is allowed: the first answer may be lost.
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
  Task<Result<link::JoinAnswer>> try_admit(Applicant applicant);
  Task<> write_down(Actor actor, std::string name, Error why);
  Result<link::JoinAnswer> answer(const Applicant& applicant, const model::StoredNode& node) const;

  async::Loop& domain_;
  const ClusterIdentity& cluster_;
  store::Catalog& catalog_;
  Editor& editor_;
  RateLimit refusals_;
  api::KeyedLocks locks_;  // by the hash of a token, whose uses are counted one by one
};

}  // namespace reeve::manager
