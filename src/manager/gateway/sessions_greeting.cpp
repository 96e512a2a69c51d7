// How the sessions greet an agent: who may come in, and what it is told.
#include "base/log.hpp"
#include "base/version.hpp"
#include "link/versions.hpp"
#include "manager/gateway/alarms.hpp"
#include "manager/gateway/sessions.hpp"

namespace reeve::manager {

void Sessions::on_hello(Session& session, const link::Hello& hello) {
  hellos_.remove(session.id);
  auto protocol = check(session, hello);
  if (!protocol) {
    log::warning("agent refused", {{"node", session.node},
                                   {"from", session.socket->peer().endpoint.to_string()},
                                   {"why", protocol.error().what}});
    return dismiss(session, protocol.error());
  }
  welcome(session, hello, *protocol);
}

Result<std::uint32_t> Sessions::check(const Session& session, const link::Hello& hello) {
  if (session.is_greeted) return fail(Errc::invalid, "expected one hello, got a second");
  if (hello.node != session.node)
    return fail(Errc::forbidden, "the certificate is that of node {}, the hello of node \"{}\"",
                session.node, hello.node);
  if (!nodes_.find(session.node))
    return fail(Errc::forbidden, "node {} is not enrolled: it was removed", session.node);
  TRY_ASSIGN(auto protocol, link::choose_protocol(hello));
  TRY(make_way(session));
  return protocol;
}

// One node, one connection. A silent one has lost its other end, most likely to the newer one; two
// that both talk mean two machines with one key, which only a person can put right.
Result<> Sessions::make_way(const Session& newer) {
  auto* older = greeted(newer.node);
  if (!older) return {};
  if (domain_.now() - older->last_word > settings_.heartbeat) {
    dismiss(*older, Error{Errc::conflict, "a newer connection of this node took over", "", {}});
    return {};
  }
  const auto& name = nodes_.find(newer.node)->value.name;
  auto there = older->socket->peer().endpoint.to_string();
  auto here = newer.socket->peer().endpoint.to_string();
  notices_.raise(second_connection_notice(name, there, here));
  return fail(Errc::conflict, "node \"{}\" is connected from {} already", name, there);
}

void Sessions::welcome(Session& session, const link::Hello& hello, std::uint32_t protocol) {
  const auto& name = nodes_.find(session.node)->value.name;
  auto from = session.socket->peer().endpoint.to_string();
  session.is_greeted = true;
  session.is_held = is_ahead(hello);
  greeted_[session.node] = session.id;
  leases_.touch(session.node, domain_.now());
  fleet_.connected(session.node, from, hello.agent_version, domain_.clock().wall());
  log::info("agent connected", {{"node", name}, {"from", from}, {"version", hello.agent_version}});

  auto plan = planner_.plan_of(session.node);
  bool is_current = !session.is_held && hello.digest == plan_digest(*plan);
  if (is_current) session.acknowledged = std::move(plan);
  link::Message message;
  message.welcome = link::Welcome{.protocol = protocol,
                                  .manager_version = std::string(version()),
                                  .cluster = cluster_.document.id,
                                  .epoch = cluster_.document.epoch,
                                  .name = name,
                                  .is_current = is_current,
                                  .heartbeat = settings_.heartbeat,
                                  .lease = settings_.lease,
                                  .unknown = {}};
  session.socket->send(link::frame_of(message), net::FrameKind::text);
  if (!session.is_held) return push(session);
  // An older store than what the node has seen: a wrong data folder, or an old copy put back. To
  // push would undo what people decided since; to leave the node as it is does no harm.
  auto head = catalog_.snapshot()->revision;
  log::error("agent is ahead of the store", {{"node", name},
                                             {"cluster", hello.cluster},
                                             {"epoch", hello.epoch},
                                             {"version", hello.version},
                                             {"store", head}});
  notices_.raise(ahead_notice(name, hello, head));
}

bool Sessions::is_ahead(const link::Hello& hello) const {
  bool is_ours = hello.cluster.empty() || hello.cluster == cluster_.document.id;
  return !is_ours || hello.epoch > cluster_.document.epoch ||
         hello.version > catalog_.snapshot()->revision;
}

}  // namespace reeve::manager
