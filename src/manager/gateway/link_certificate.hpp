// The manager's own certificate on the link's port: issued at the start, and again long before its
// time is over, or when the CAs change. Looks at the clock while it is at it. Domain loop.
#pragma once

#include "async/loop.hpp"
#include "manager/cluster.hpp"
#include "manager/notices.hpp"
#include "net/tls.hpp"

#include <memory>

namespace reeve::manager {

class LinkCertificate {
 public:
  /// All must outlive this.
  LinkCertificate(async::Loop& domain, const ClusterIdentity& cluster, Notices& notices)
      : domain_(domain), cluster_(cluster), notices_(notices) {}

  /// Issues it; connections that stand keep what they began with.
  Result<> issue();
  /// After issue().
  std::shared_ptr<const net::ServerTls> tls() const { return tls_; }

  /// For ever: issues it anew in time.
  Task<> keep();

 private:
  void look_at_clock();

  async::Loop& domain_;
  const ClusterIdentity& cluster_;
  Notices& notices_;
  std::shared_ptr<net::ServerTls> tls_;
  WallTime issued_{};
  bool is_clock_told_ = false;
};

}  // namespace reeve::manager
