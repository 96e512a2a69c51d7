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
  if (!protocol) return refuse(session, protocol.error());
  if (session.socket->peer().is_certificate_expired) return want_renewal_first(session);
  if (auto way = make_way(session); !way) return refuse(session, way.error());
  welcome(session, hello, *protocol);
}

void Sessions::refuse(Session& session, const Error& why) {
  const auto& peer = session.socket->peer().endpoint;
  log::warning("agent refused",
               {{"node", session.node}, {"from", peer.to_string()}, {"why", why.what}});
  auto node = nodes_.find(session.node);
  auto object = "node/" + (node ? node->value.name : session.node);
  if (calls_.on_refused)
    calls_.on_refused({"link.connect", std::move(object), peer.host, "", why.what});
  dismiss(session, why);
}

Result<std::uint32_t> Sessions::check(Session& session, const link::Hello& hello) {
  if (session.is_greeted) return fail(Errc::invalid, "expected one hello, got a second");
  if (hello.node != session.node)
    return fail(Errc::forbidden, "the certificate is that of node {}, the hello of node \"{}\"",
                session.node, hello.node);
  TRY(check_key(session));
  session.instance = hello.instance;
  return link::choose_protocol(hello);
}

Result<> Sessions::check_key(const Session& session) const {
  return check_enrolled(nodes_, session.node, session.socket->peer().key_fingerprint);
}

// One node, one connection. An agent's process that comes again has lost its last one, whatever we
// know of that; so has most likely one that is silent. Two that both talk mean two machines with
// one key, which only a person can put right.
Result<> Sessions::make_way(const Session& newer) {
  auto* older = greeted(newer.node);
  if (!older) return {};
  bool is_same = !newer.instance.empty() && newer.instance == older->instance;
  if (is_same || domain_.now() - older->last_word > 2 * settings_.heartbeat) {
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
  greeted_[session.node] = &session;
  lost_.erase(session.node);
  session.place = fleet_.place(session.node);
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
                                  .managers = cluster_.managers,
                                  .unknown = {}};
  session.socket->send(link::frame_of(message), net::FrameKind::text);
  note_clock(session, hello.clock);
  if (!hello.trusts.empty()) note_trusts(session, hello.trusts);
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
