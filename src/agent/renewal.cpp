#include "agent/renewal.hpp"

#include "async/call.hpp"
#include "base/check.hpp"
#include "base/log.hpp"
#include "base/quote.hpp"
#include "base/time_text.hpp"
#include "sys/build_time.hpp"

#include <algorithm>
#include <utility>

namespace reeve::agent {
namespace {

// So often the clock is looked at: somebody may have set it, which no timer hears of.
constexpr Duration kLongestWait = std::chrono::hours(1);

// What a manager may ask for when it wants every agent's.
constexpr Duration kLongestSpread = std::chrono::hours(24);
constexpr Duration kRest = std::chrono::hours(1);

// With half of its life left, or up to a tenth of it later: what joined in one minute renews over
// three days. Certificates begin when their CA does, so the life is counted from the end.
constexpr double kSpreadOfLife = 0.1;

WallTime due_of(const net::CertificateFacts& facts, double chance) {
  auto life = std::min<Duration>(facts.not_after - facts.not_before, net::kNodeLife);
  return facts.not_after - life / 2 +
         std::chrono::duration_cast<Duration>(life * kSpreadOfLife * chance);
}

net::ClientTlsSettings settings_of(const Credentials& credentials) {
  return {credentials.ca_pem, "", credentials.certificate_pem, credentials.key_pem,
          credentials.identity.server_name};
}

}  // namespace

Renewal::Renewal(async::Loop& loop, Credentials credentials, RenewalSettings settings,
                 RenewalCalls calls)
    : loop_(loop),
      credentials_(std::move(credentials)),
      settings_(std::move(settings)),
      calls_(std::move(calls)),
      changed_(loop),
      tasks_(loop, "certificate") {}

Result<std::unique_ptr<Renewal>> Renewal::make(async::Loop& loop, Credentials credentials,
                                               RenewalSettings settings, RenewalCalls calls) {
  std::unique_ptr<Renewal> made(
      new Renewal(loop, credentials, std::move(settings), std::move(calls)));
  TRY(made->take(credentials));
  made->note_kept(credentials);
  return made;
}

Result<std::shared_ptr<const net::ClientTls>> Renewal::tls() const {
  return net::ClientTls::create(settings_of(credentials_));
}

Result<> Renewal::take(Credentials credentials) {
  TRY_ASSIGN(facts_, net::read_certificate(credentials.certificate_pem), "the node's certificate");
  TRY(net::read_certificates(credentials.ca_pem), "the node's CA");
  credentials_ = std::move(credentials);
  ++taken_;
  due_ = due_of(facts_, settings_.randomness());
  return {};
}

/// What a manager is told that this node trusts must be so after its next start too: the manager
/// may let go of the other CAs.
void Renewal::note_kept(const Credentials& credentials) {
  trusts_.clear();
  auto cas = net::read_certificates(credentials.ca_pem);
  CHECK(cas);  // take() has read them
  for (const auto& ca : *cas) trusts_.push_back(ca.fingerprint);
}

void Renewal::start() {
  kept_ = taken_;
  tasks_.start(run());
  tasks_.start(keep_what_comes());
}

Task<Result<>> Renewal::stop(Duration limit) {
  auto stopped = co_await tasks_.stop(limit);
  co_return stopped;
}

Result<link::Renew> Renewal::request() const {
  TRY_ASSIGN(auto made, net::make_request(credentials_.key_pem), "the node's key");
  return link::Renew{std::move(made.request_pem), {}};
}

Task<> Renewal::run() {
  while (true) {
    auto wait = until_due();
    if (wait <= Duration::zero()) {
      ask();
      continue;
    }
    auto woken = co_await changed_.wait(loop_.now() + std::min(wait, kLongestWait));
    if (!woken && woken.error().code == Errc::cancelled) co_return;
  }
}

/// Zero or less: now.
Duration Renewal::until_due() const {
  auto wait = due_ - sys::plausible(loop_.clock().wall(), settings_.built);
  if (wanted_) wait = std::min<Duration>(wait, *wanted_ - loop_.now());
  return std::max<Duration>(wait, not_again_before_ - loop_.now());
}

void Renewal::ask() {
  auto pause = settings_.patience * (1.0 + settings_.randomness());
  not_again_before_ = loop_.now() + std::chrono::duration_cast<Duration>(pause);
  auto wish = request();
  if (!wish) {
    log::error("the certificate cannot be renewed", {{"why", wish.error().what}});
    return;
  }
  link::Message message;
  message.renew = std::move(*wish);
  is_asked_ = true;
  is_wanted_anew_ = false;
  calls_.send(message);
}

// What was asked for on the last connection will not come on this one.
void Renewal::on_welcome() {
  is_asked_ = false;
  not_again_before_ = {};
  changed_.notify_all();
}

// One wish is under way at a time; one that comes meanwhile waits for its answer.
void Renewal::on_wanted(const link::RenewalWanted& wanted) {
  auto within = std::clamp<Duration>(wanted.within, Duration::zero(), kLongestSpread);
  auto pause = std::chrono::duration_cast<Duration>(within * settings_.randomness());
  log::info("the manager wants a new certificate", {{"why", wanted.why}});
  wanted_ = loop_.now() + pause;
  is_wanted_anew_ = is_asked_;
  if (!is_asked_) not_again_before_ = {};
  changed_.notify_all();
}

Result<> Renewal::check(const net::CertificateFacts& facts) const {
  if (facts.key_fingerprint != facts_.key_fingerprint)
    return fail(Errc::forbidden, "the manager certified another key than this node's");
  if (facts.uri != facts_.uri)
    return fail(Errc::forbidden, "the manager certified {}, but this node is {}", quote(facts.uri),
                quote(facts_.uri));
  return {};
}

Result<> Renewal::on_renewed(const link::Renewed& renewed) {
  is_asked_ = false;
  bool is_wanted_again = std::exchange(is_wanted_anew_, false);
  auto next = credentials_;
  next.certificate_pem = renewed.certificate;
  next.ca_pem = renewed.ca;
  TRY_ASSIGN(auto facts, net::read_certificate(next.certificate_pem), "in the new certificate");
  TRY(check(facts));
  TRY_ASSIGN(auto tls, net::ClientTls::create(settings_of(next)), "with the new certificate");
  TRY(take(std::move(next)));
  if (!is_wanted_again) wanted_.reset();
  // One that is due again already is of a manager whose clock is wrong.
  not_again_before_ = is_wanted_again ? Instant{} : loop_.now() + kRest;
  calls_.use(std::move(tls));
  log::info("certificate renewed", {{"good_until", format_time(facts_.not_after)}});
  changed_.notify_all();
  return {};
}

/// One after another: the disk ends with the newest.
Task<> Renewal::keep_what_comes() {
  while (true) {
    bool is_cancelled = co_await async::is_cancelled();
    if (is_cancelled) co_return;
    if (kept_ != taken_) {
      co_await keep_newest();
      continue;
    }
    [[maybe_unused]] auto woken = co_await changed_.wait();
  }
}

/// For as long as it takes. After a start from the old ones, which are good for another renewal,
/// the manager still knows which CAs this node trusts.
Task<> Renewal::keep_newest() {
  Pauses pauses(settings_.retries, settings_.randomness);
  std::string last;
  while (true) {
    auto number = taken_;
    auto credentials = credentials_;
    auto kept = co_await calls_.keep(credentials);
    if (kept) {
      kept_ = number;
      note_kept(credentials);
      break;
    }
    if (std::exchange(last, kept.error().what) != kept.error().what)
      log::error("the new certificate could not be kept", {{"why", kept.error().what}});
    auto again = loop_.now() + pauses.next();
    while (loop_.now() < again) {
      auto woken = co_await changed_.wait(again);
      if (!woken && woken.error().code == Errc::cancelled) co_return;
    }
  }
  link::Message message;
  message.renewal_kept = link::RenewalKept{trusts_, {}};
  calls_.send(message);
}

}  // namespace reeve::agent
