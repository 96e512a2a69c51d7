// How the sessions keep the agents' certificates young, and find out whose clock is wrong.
#include "base/log.hpp"
#include "base/time_text.hpp"
#include "manager/gateway/alarms.hpp"
#include "manager/gateway/sessions.hpp"

#include <algorithm>
#include <utility>

namespace reeve::manager {
namespace {

// Below this the way of a message, and our own work before it, may be the difference.
constexpr Duration kClockNoise = std::chrono::minutes(1);
constexpr Duration kClockAlarm = std::chrono::hours(1);
// The same agent's is not told again sooner, however often it is set.
constexpr Duration kBetweenAlarms = std::chrono::hours(1);

// What an agent says is any time at all; between these the way to any other fits a Duration.
constexpr WallTime kEarliest = std::chrono::sys_days(std::chrono::year(1900) / 1 / 1);
constexpr WallTime kLatest = std::chrono::sys_days(std::chrono::year(2200) / 1 / 1);

// A signature is 100 µs of this loop, and connected agents are not all there is to do.
constexpr Duration kEach = std::chrono::milliseconds(20);

link::Message wanted(Duration within, std::string why) {
  link::Message message;
  message.renewal_wanted = link::RenewalWanted{within, std::move(why), {}};
  return message;
}

link::Message wanted_for_cas(std::size_t nodes) {
  return wanted(kEach * static_cast<std::int64_t>(nodes), "the cluster's CAs have changed");
}

}  // namespace

// In place of a welcome: the node is known by its key, and gets nothing but a younger certificate.
void Sessions::want_renewal_first(Session& session) {
  const auto& name = nodes_.find(session.node)->value.name;
  auto why = fmt::format(
      "the certificate of node \"{}\" has expired: it is good for its renewal alone", name);
  const auto& peer = session.socket->peer().endpoint;
  if (calls_.on_refused)
    calls_.on_refused(
        {"link.connect", "node/" + name, peer.host, "", why, Errc::forbidden, session.node});
  hellos_.touch(session.id, domain_.now());
  session.socket->send(link::frame_of(wanted({}, std::move(why))), net::FrameKind::text);
}

void Sessions::want_renewals() {
  bundle_.clear();
  auto frame = link::frame_of(wanted_for_cas(greeted_.size()));
  for (const auto& [node, id] : greeted_)
    if (auto* session = greeted(node)) session->socket->send(frame, net::FrameKind::text);
}

void Sessions::note_trusts(Session& session, const std::vector<std::string>& trusts) {
  if (calls_.on_trusts) calls_.on_trusts(session.node, trusts);
  if (bundle_.empty()) bundle_ = cluster_.bundle_fingerprints();
  auto theirs = trusts;
  std::ranges::sort(theirs);
  if (!session.is_greeted || theirs == bundle_) return;
  session.socket->send(link::frame_of(wanted_for_cas(greeted_.size())), net::FrameKind::text);
}

// An honest agent may ask twice in a row, when it is wanted to while its own moment has come: the
// second, newer wish is granted later instead of now.
void Sessions::on_renew(Session& session, const link::Renew& renew) {
  if (session.renewed && domain_.now() - *session.renewed < kBetweenRenewals) {
    session.renew_wish = renew;
    if (!renewals_.contains(session.id)) renewals_.touch(session.id, domain_.now());
    return;
  }
  auto certificate = certify(session, renew);
  if (!certificate) return refuse(session, certificate.error());
  session.renewed = domain_.now();
  log::info("certificate renewed",
            {{"node", session.node}, {"expired", session.socket->peer().is_certificate_expired}});
  link::Message answer;
  answer.renewed = link::Renewed{std::move(*certificate), cluster_.bundle(), {}};
  session.socket->send(link::frame_of(answer), net::FrameKind::text);
}

void Sessions::renew_late(Id id) {
  auto found = sessions_.find(id);
  if (found == sessions_.end() || found->second->is_dismissed) return;
  auto wish = std::exchange(found->second->renew_wish, std::nullopt);
  if (wish) on_renew(*found->second, *wish);
}

Result<std::string> Sessions::certify(Session& session, const link::Renew& renew) {
  TRY(check_key(session));
  TRY_ASSIGN(auto key, net::request_key_fingerprint(renew.csr), "in the certificate request");
  if (key != nodes_.find(session.node)->value.key_fingerprint)
    return fail(Errc::forbidden, "asked to certify another key than the one that is enrolled");
  return cluster_.certify(renew.csr, session.node, domain_.clock().wall());
}

void Sessions::note_clock(Session& session, const std::optional<WallTime>& clock) {
  auto now = domain_.clock().wall();
  // Whose own clock is wrong judges nobody's.
  if (!clock || now < cluster_.built) return;
  auto said = std::clamp(*clock, kEarliest, kLatest);
  auto offset = said - now;
  auto size = std::chrono::abs(offset);
  fleet_.clock_is_off(session.node,
                      size < kClockNoise ? std::nullopt : std::optional<Duration>(offset));
  if (size < kClockAlarm) return;
  if (session.clock_told && domain_.now() - *session.clock_told < kBetweenAlarms) return;
  session.clock_told = domain_.now();
  const auto& name = nodes_.find(session.node)->value.name;
  log::warning("the clock of a node is wrong",
               {{"node", name}, {"says", format_time(said)}, {"ours", format_time(now)}});
  notices_.raise(clock_notice(name, said, now));
}

}  // namespace reeve::manager
