// Lets a machine in: checks its join token and name, certifies its key and writes the node down, in
// one commit with the token's use. Domain loop.
#pragma once

#include "async/notifier.hpp"
#include "link/messages.hpp"
#include "manager/cluster.hpp"
#include "manager/editor.hpp"
#include "manager/rate_limit.hpp"
#include "store/catalog/catalog.hpp"

#include <set>
#include <string>

namespace reeve::manager {

class Enrolment {
 public:
  /// All must outlive this.
  Enrolment(async::Loop& domain, const ClusterIdentity& cluster, store::Catalog& catalog,
            Editor& editor);
  Enrolment(const Enrolment&) = delete;
  Enrolment& operator=(const Enrolment&) = delete;

  /// `from` is the peer's address. Refusals are audited, so many a minute for each address.
  Task<Result<link::JoinAnswer>> join(link::JoinRequest request, std::string from,
                                      std::string request_id);

 private:
  struct Applicant;
  Task<Result<link::JoinAnswer>> admit(Applicant applicant);
  Task<Result<link::JoinAnswer>> try_admit(Applicant applicant);
  Result<link::JoinAnswer> answer(const Applicant& applicant, const model::StoredNode& node) const;

  async::Loop& domain_;
  const ClusterIdentity& cluster_;
  store::Catalog& catalog_;
  Editor& editor_;
  RateLimit refusals_;
  std::set<std::string> busy_;  // hashes of tokens whose use is being written
  async::Notifier freed_;
};

}  // namespace reeve::manager
