// How the sessions greet an agent: who may come in, and what it is told.
#include "base/log.hpp"
#include "base/quote.hpp"
#include "base/utf8.hpp"
#include "base/version.hpp"
#include "link/versions.hpp"
#include "manager/gateway/alarms.hpp"
#include "manager/gateway/sessions.hpp"
#include "manager/gateway/standing.hpp"

#include <algorithm>

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
    calls_.on_refused(
        {"link.connect", std::move(object), peer.host, "", why.what, why.code, session.node});
  dismiss(session, why);
}

Result<std::uint32_t> Sessions::check(Session& session, const link::Hello& hello) {
  if (session.is_greeted) return fail(Errc::invalid, "expected one hello, got a second");
  if (hello.node != session.node)
    return fail(Errc::forbidden, "the certificate is that of node {}, the hello of node {}",
                session.node, quote(hello.node));
  TRY(check_key(session));
  session.instance = utf8::cut(hello.instance, kMostWord);
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
  session.answers_calls =
      std::ranges::find(hello.features, link::kCallsFeature) != hello.features.end();
  session.runs_programs =
      std::ranges::find(hello.features, link::kProgramsFeature) != hello.features.end();
  greeted_[session.node] = &session;
  lost_.erase(session.node);
  session.place = fleet_.place(session.node);
  std::string agent_version(utf8::cut(hello.agent_version, kMostWord));
  log::info("agent connected", {{"node", name}, {"from", from}, {"version", agent_version}});
  fleet_.connected(session.node, from, std::move(agent_version), domain_.clock().wall());

  auto plan = plan_for(session);
  auto digest = plan_digest(*plan);
  note_standing(session, hello, digest);
  bool may_be_current = !session.is_held && !hold_.is_on();
  bool is_current = may_be_current && hello.digest == digest;
  if (is_current) session.acknowledged = std::move(plan);
  link::Message message;
  message.welcome = link::Welcome{.protocol = protocol,
                                  .manager_version = std::string(version()),
                                  .cluster = cluster_.document.id,
                                  .epoch = catalog_.snapshot()->cluster->value.epoch,
                                  .name = name,
                                  .is_current = is_current,
                                  .heartbeat = settings_.heartbeat,
                                  .lease = settings_.lease,
                                  .managers = cluster_.managers,
                                  .unknown = {}};
  session.socket->send(link::frame_of(message), net::FrameKind::text);
  note_clock(session, hello.clock);
  if (!hello.trusts.empty()) note_trusts(session, hello.trusts);
  push(session);
}

void Sessions::note_standing(Session& session, const link::Hello& hello,
                             const std::string& digest) {
  auto snapshot = catalog_.snapshot();
  auto standing = standing_of(hello, snapshot->cluster->value, snapshot->revision, digest);
  hold_.note_epoch(hello.epoch);
  session.is_in_doubt = standing == Standing::doubtful && !hold_.is_on();
  if (standing != Standing::ahead) return;
  on_ahead(session, fmt::format("node {} has version {} of cluster {} (epoch {}), which the store, "
                                "at {} of epoch {}, cannot have given it",
                                quote(nodes_.find(session.node)->value.name), hello.version,
                                quote(hello.cluster), hello.epoch, snapshot->revision,
                                snapshot->cluster->value.epoch));
}

// An older store than what the node has seen: a wrong data folder, or an old copy put back. To push
// would undo what people decided since; to leave the nodes as they are does no harm.
void Sessions::on_ahead(Session& session, std::string why) {
  if (!hold_.was_released()) return hold_.enter(why + "; was an old store put back?");
  session.is_held = true;
  log::error("agent is ahead of the store", {{"node", session.node}, {"why", why}});
  notices_.raise(ahead_notice(nodes_.find(session.node)->value.name, why));
}

void Sessions::resolve_doubt(Session& session, const std::vector<link::ListWord>& words) {
  session.is_in_doubt = false;
  if (contradict(words, *planner_.plan_of(session.node)))
    on_ahead(session, fmt::format("node {} has the store's version with other lists",
                                  quote(nodes_.find(session.node)->value.name)));
  push(session);
}

}  // namespace reeve::manager
