// The agents' door: the link's port with TLS, where machines join (POST /join) and enrolled nodes
// connect (GET /link). Refuses whom it does not know, says so in the audit log, and hands the
// others to the sessions. Made and stopped on the domain loop; requests come on the I/O loops.
#pragma once

#include "async/task_group.hpp"
#include "manager/cluster.hpp"
#include "manager/editor.hpp"
#include "manager/enrolment.hpp"
#include "manager/fleet.hpp"
#include "manager/gateway/link_certificate.hpp"
#include "manager/gateway/sessions.hpp"
#include "manager/node_index.hpp"
#include "manager/notices.hpp"
#include "manager/planner.hpp"
#include "manager/refusal_log.hpp"
#include "net/router.hpp"
#include "net/server.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace reeve::manager {

/// What the gateway works with; all of it outlives it.
struct GatewayParts {
  async::Loop& domain;
  net::IoLoops& io;
  const ClusterIdentity& cluster;
  store::Catalog& catalog;
  Editor& editor;
  Notices& notices;
  NodeIndex& nodes;
  Planner& planner;
  Fleet& fleet;
  Enrolment& enrolment;
  RefusalLog& refusals;
  Hold& hold;
};

class Gateway {
 public:
  /// Made before the catalog starts, after the other parts.
  explicit Gateway(GatewayParts parts, SessionSettings settings = {});
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  /// After the catalog has started. Answers where it really listens.
  Result<net::Endpoint> listen(net::Endpoint where);

  /// Says goodbye to the agents and waits until they have it, at most `limit`.
  Task<Result<>> stop(Duration limit);

  Sessions& sessions() { return sessions_; }

  /// The cluster's CAs have changed: the port and the agents follow.
  void follow_cas();
  using OnTrusts = std::function<void(const std::string& node, const std::vector<std::string>&)>;
  /// Before listen(): which CAs an agent has on its disk.
  void on_trusts(OnTrusts told) { on_trusts_ = std::move(told); }
  using OnTurnedAway =
      std::function<void(const std::string& node, const std::string& key_fingerprint)>;
  /// Before listen(): who came with a certificate that is not enrolled, and was told so.
  void on_turned_away(OnTurnedAway told) { on_turned_away_ = std::move(told); }

 private:
  using Handler = Task<net::Response> (Gateway::*)(net::Request);
  // On the I/O loops.
  Task<net::Response> handle(net::Request request);
  Task<net::Response> join(net::Request request);
  Task<net::Response> connect(net::Request request);
  // On the domain loop.
  Task<Result<>> admit(std::string node, std::string key_fingerprint, std::string address);
  void take_refusals(std::vector<Refusal> refusals);

  GatewayParts parts_;
  net::Router<Handler> routes_;
  Sessions sessions_;
  LinkCertificate certificate_;
  OnTrusts on_trusts_;
  OnTurnedAway on_turned_away_;
  async::TaskGroup tasks_;
  async::Inbox<Refusal> refusals_;
  std::unique_ptr<net::HttpServer> server_;
};

}  // namespace reeve::manager
