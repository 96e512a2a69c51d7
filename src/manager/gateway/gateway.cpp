#include "manager/gateway/gateway.hpp"

#include "async/call.hpp"
#include "base/log.hpp"

#include <algorithm>

namespace reeve::manager {
namespace {

constexpr std::size_t kMostJoinBytes = 64 * 1024;
// An agent that sends heartbeats and reads nothing; a slow one takes a part in this time.
constexpr Duration kTakesNothing = std::chrono::seconds(30);

net::ServerSettings server_settings() {
  net::ServerSettings settings;
  settings.max_body_bytes = kMostJoinBytes;
  settings.max_connections = 20'000;
  settings.websocket.write_timeout = kTakesNothing;
  return settings;
}

template <class T>
Result<T> read_body(const net::Request& request) {
  return json::decode_text<T>(request.body, json::Mode::lenient, {.bytes = kMostJoinBytes});
}

net::Response json_response(std::string text) {
  net::Response response;
  response.content_type = "application/json";
  response.body = std::move(text);
  return response;
}

/// Whose certificate it is, or why that is nobody's of ours.
Result<std::string> node_of(const net::Peer& peer, const ClusterIdentity& cluster) {
  if (peer.identity.empty())
    return fail(Errc::unauthenticated,
                "expected the certificate that this node got when it joined, got none");
  auto node = cluster.node_of(peer.identity);
  if (!node)
    return fail(Errc::forbidden, "the certificate is \"{}\", which is no node of cluster {}",
                peer.identity, cluster.document.id);
  return *node;
}

}  // namespace

Gateway::Gateway(GatewayParts parts, SessionSettings settings)
    : parts_(parts),
      sessions_(parts.domain, parts.cluster, parts.catalog, parts.nodes, parts.planner, parts.fleet,
                parts.notices, parts.hold, settings),
      certificate_(parts.domain, parts.cluster, parts.notices),
      tasks_(parts.domain, "gateway"),
      refusals_(parts.domain,
                [this](std::vector<Refusal> refusals) { take_refusals(std::move(refusals)); }) {
  routes_.add("POST /join", &Gateway::join, kMostJoinBytes);
  routes_.add("GET /link", &Gateway::connect, 0);
  SessionCalls calls;
  calls.on_refused = [this](Refusal refusal) { parts_.refusals.note(std::move(refusal)); };
  calls.on_trusts = [this](const std::string& node, const std::vector<std::string>& trusts) {
    if (on_trusts_) on_trusts_(node, trusts);
  };
  sessions_.set_calls(std::move(calls));
}

Gateway::~Gateway() = default;

Result<net::Endpoint> Gateway::listen(net::Endpoint where) {
  TRY(certificate_.issue(), "the link's certificate");
  net::ServerHandlers handlers;
  handlers.handle = [this](net::Request request) { return handle(std::move(request)); };
  handlers.body_limit = [this](const net::Request& request) {
    return routes_.body_limit(request, 0);
  };
  handlers.on_handshake_failure = [sender = refusals_.sender()](const net::Endpoint& peer,
                                                                const std::string& why) mutable {
    sender.push({"link.connect", "link", peer.host, "", why, Errc::unauthenticated, ""});
  };
  server_ = std::make_unique<net::HttpServer>(parts_.io, server_settings(), std::move(handlers));
  TRY_ASSIGN(auto listening, server_->listen(std::move(where), certificate_.tls()));
  tasks_.start(certificate_.keep());
  return listening;
}

Task<Result<>> Gateway::stop(Duration limit) {
  auto deadline = parts_.domain.now() + limit;
  auto sessions = co_await sessions_.stop(limit);
  if (server_) {
    auto rest = std::max(deadline - parts_.domain.now(), Duration::zero());
    CO_TRY(co_await server_->stop(parts_.domain, rest), "stopping the link's port");
  }
  auto rest = std::max(deadline - parts_.domain.now(), Duration::zero());
  CO_TRY(co_await tasks_.stop(rest));
  co_return sessions;
}

void Gateway::follow_cas() {
  auto issued = certificate_.issue();
  if (!issued) log::error("the link's port does not follow the CA", {{"why", issued.error().what}});
  sessions_.want_renewals();
}

Task<net::Response> Gateway::handle(net::Request request) {
  auto match = routes_.match(request);
  if (!match.payload) co_return net::unmatched_response(match.table);
  auto handler = *match.payload;
  co_return co_await (this->*handler)(std::move(request));
}

Task<net::Response> Gateway::join(net::Request request) {
  auto asked = read_body<link::JoinRequest>(request);
  if (!asked) co_return net::error_response(asked.error());
  auto joining =
      parts_.enrolment.join(std::move(*asked), request.peer->endpoint.host, request.request_id);
  auto answer = co_await async::on_loop(parts_.domain, std::move(joining));
  if (!answer) co_return net::error_response(answer.error());
  co_return json_response(json::encode_text(*answer));
}

Task<net::Response> Gateway::connect(net::Request request) {
  if (!net::is_websocket_request(request))
    co_return net::error_response(
        Error{Errc::invalid, "expected a WebSocket handshake, got a plain request", "", {}});
  auto node = node_of(*request.peer, parts_.cluster);
  Result<> admitted;
  if (node) {
    const auto& peer = *request.peer;
    auto admitting = admit(*node, peer.key_fingerprint, peer.endpoint.host);
    admitted = co_await async::on_loop(parts_.domain, std::move(admitting));
  } else {
    admitted = fail(node.error());
  }
  if (!admitted) {
    refusals_.push({"link.connect", node ? "node/" + *node : "link", request.peer->endpoint.host,
                    request.request_id, admitted.error().what, admitted.error().code,
                    node.value_or("")});
    co_return net::error_response(admitted.error());
  }
  net::Response response;
  response.upgrade = [this, uid = *node](std::shared_ptr<net::MessageSocket> socket) {
    sessions_.adopt(std::move(socket), uid);
  };
  co_return response;
}

Task<Result<>> Gateway::admit(std::string node, std::string key_fingerprint, std::string address) {
  auto enrolled = check_enrolled(parts_.nodes, node, key_fingerprint);
  if (!enrolled) parts_.hold.note_unknown(node, address);
  if (!enrolled && on_turned_away_) on_turned_away_(node, key_fingerprint);
  co_return enrolled;
}

void Gateway::take_refusals(std::vector<Refusal> refusals) {
  for (auto& refusal : refusals) parts_.refusals.note(std::move(refusal));
}

}  // namespace reeve::manager
