#include "agent/connector.hpp"

#include "async/call.hpp"
#include "base/check.hpp"
#include "base/log.hpp"
#include "base/quote.hpp"
#include "link/codec.hpp"

#include <boost/describe/enum_from_string.hpp>

#include <algorithm>
#include <utility>

namespace reeve::agent {
namespace {

using namespace std::chrono_literals;

// A whole spec of many lists is one frame.
constexpr std::size_t kMaxFrameBytes = 64 << 20;

// A manager that is there answers at once; one that is not is not waited for.
constexpr Duration kFarewell = 1s;
// Ten thousand who come back at once are served one after the other, and one who gives up his place
// comes to the end of the queue.
constexpr Duration kTurn = 30s;

/// A refusal that trying again soon does not mend.
bool is_refusal(Errc code) {
  return code == Errc::forbidden || code == Errc::unsupported || code == Errc::unauthenticated;
}

Error error_of_goodbye(const link::Goodbye& goodbye) {
  auto code = Errc::unavailable;
  boost::describe::enum_from_string(goodbye.code.c_str(), code);
  if (!is_refusal(code)) code = Errc::unavailable;
  return {code, "the manager says: " + goodbye.message, "", {}};
}

/// What a welcome asks for, within what makes sense.
Duration sensible_heartbeat(Duration asked) { return std::clamp<Duration>(asked, 100ms, 60s); }

}  // namespace

Connector::Connector(async::Loop& loop, net::Dialer& dialer, ConnectorSettings settings,
                     ConnectorCalls calls)
    : loop_(loop),
      dialer_(dialer),
      settings_(std::move(settings)),
      calls_(std::move(calls)),
      pauses_(settings_.pauses, settings_.randomness),
      ended_(loop),
      tasks_(loop, "link to the manager") {
  CHECK(!settings_.managers.empty());
}

void Connector::start() {
  state_.since = loop_.clock().wall();
  tasks_.start(run());
}

Task<Result<>> Connector::stop(Duration limit) {
  auto deadline = loop_.now() + limit;
  if (state_.is_connected) co_await say_goodbye(std::min(deadline, loop_.now() + kFarewell));
  auto stopped = co_await tasks_.stop(deadline - loop_.now());
  co_return stopped;
}

/// Until the manager has closed the connection, which it does when it has heard.
Task<> Connector::say_goodbye(Instant deadline) {
  is_leaving_ = true;
  link::Message last_word;
  last_word.goodbye = link::goodbye_of({Errc::cancelled, "the agent is stopping", "", {}});
  line_->send(last_word);
  while (state_.is_connected) {
    auto waited = co_await ended_.wait(deadline);
    if (!waited) co_return;  // it will find out by itself
  }
}

void Connector::send(const link::Message& message) {
  if (state_.is_connected) line_->send(message);
}

void Connector::send(net::Frame frame, net::FrameKind kind) {
  if (state_.is_connected) line_->send(std::move(frame), kind);
}

Task<> Connector::run() {
  for (std::size_t turn = 0;; ++turn) {
    auto manager = settings_.managers[turn % settings_.managers.size()];
    state_.manager = manager.to_string();
    auto why = co_await serve(manager);
    bool was_connected = state_.is_connected;
    note_end(why);
    bool is_cancelled = co_await async::is_cancelled();
    if (is_cancelled) co_return;
    if (was_connected) --turn;  // the same one again: it was good until now
    auto slept = co_await loop_.sleep_for(pause_after(why));
    if (!slept) co_return;
  }
}

Task<Error> Connector::serve(net::Endpoint manager) {
  net::DialRequest request;
  request.to = std::move(manager);
  request.target = "/link";
  request.tls = settings_.tls;
  request.deadline = kTurn;
  request.settings.max_frame_bytes = kMaxFrameBytes;
  request.unacknowledged_limit = settings_.unacknowledged_limit;
  auto socket = co_await dialer_.dial(std::move(request));
  if (!socket) co_return socket.error();

  line_ = std::make_unique<Line>(loop_, std::move(*socket));
  auto welcome = co_await greet();
  if (!welcome) co_return welcome.error();
  note_welcome(*welcome);
  auto why = co_await talk(sensible_heartbeat(welcome->heartbeat));
  co_return why;
}

Task<Result<link::Welcome>> Connector::greet() {
  link::Message opening;
  opening.hello = calls_.hello();
  line_->send(opening);
  CO_TRY_ASSIGN(auto answer, co_await next_answer("waiting for the welcome"));
  if (answer.renewal_wanted) {
    auto outcome = co_await renew_first();
    co_return fail(std::move(outcome));
  }
  if (!answer.welcome) co_return fail(Errc::invalid, "expected a welcome, got another message");
  if (answer.welcome->cluster != settings_.cluster)
    co_return fail(Errc::forbidden, "the manager is of cluster {}, but this node belongs to {}",
                   quote(answer.welcome->cluster), quote(settings_.cluster));
  co_return std::move(*answer.welcome);
}

Task<Result<link::Message>> Connector::next_answer(std::string doing) {
  CO_TRY_ASSIGN(auto answer, co_await line_->next(loop_.now() + settings_.welcome_limit), "{}",
                doing);
  if (answer.goodbye) co_return fail(error_of_goodbye(*answer.goodbye));
  co_return answer;
}

/// Our certificate has expired, whatever our clock says. This connection is good for the next one
/// alone, and ends with it.
Task<Error> Connector::renew_first() {
  link::Message wish;
  auto renew = calls_.renew();
  if (!renew) co_return renew.error();
  wish.renew = std::move(*renew);
  line_->send(wish);
  auto answer = co_await next_answer("renewing the certificate, which has expired");
  if (!answer) co_return answer.error();
  if (!answer->renewed)
    co_return Error{Errc::invalid, "expected a certificate, got another message", "", {}};
  auto taken = calls_.on_renewed(*answer->renewed);
  if (!taken) co_return taken.error();
  co_return Error{Errc::unavailable, "the certificate had expired and is renewed", "", {}};
}

Task<Error> Connector::talk(Duration heartbeat) {
  link::Message beat;
  beat.heartbeat.emplace();
  auto due = loop_.now() + heartbeat;
  while (true) {
    auto message = co_await line_->next(due);
    if (loop_.now() >= due) {
      ++beat.heartbeat->sequence;
      line_->send(beat);
      due = loop_.now() + heartbeat;
    }
    if (!message && message.error().code == Errc::timeout) continue;
    if (!message) co_return message.error();
    auto end = handle(std::move(*message));
    if (end) co_return std::move(*end);
  }
}

std::optional<Error> Connector::handle(link::Message message) {
  if (message.goodbye) return error_of_goodbye(*message.goodbye);
  if (message.spec) calls_.on_spec(std::move(*message.spec));
  if ((message.call || message.cancel || message.credit) && calls_.on_call) calls_.on_call(message);
  if (message.renewal_wanted) calls_.on_renewal_wanted(*message.renewal_wanted);
  if (!message.renewed) return std::nullopt;
  auto taken = calls_.on_renewed(*message.renewed);
  if (!taken) log::error("a new certificate is not used", {{"why", taken.error().what}});
  return std::nullopt;
}

void Connector::use(std::vector<net::Endpoint> managers) {
  CHECK(!managers.empty());
  settings_.managers = std::move(managers);
}

void Connector::note_welcome(const link::Welcome& welcome) {
  pauses_.reset();
  state_ = {true, state_.manager, loop_.clock().wall(), std::nullopt, false};
  log::info("connected to the manager",
            {{"manager", state_.manager}, {"version", welcome.manager_version}});
  calls_.on_welcome(welcome);
}

void Connector::note_end(const Error& why) {
  line_.reset();
  bool was_connected = std::exchange(state_.is_connected, false);
  if (was_connected) state_.since = loop_.clock().wall();
  auto sentence = why.what;
  if (why.code == Errc::forbidden) sentence += settings_.advice;
  bool is_news = was_connected || state_.why != sentence;
  state_.why = sentence;
  state_.is_refused = is_refusal(why.code);
  ended_.notify_all();
  if (was_connected) calls_.on_lost();
  if (!is_news || is_leaving_ || why.code == Errc::cancelled) return;
  auto level = is_refusal(why.code) ? log::Level::error : log::Level::warning;
  log::write(level, "not connected to the manager",
             {{"manager", state_.manager}, {"why", sentence}});
}

Duration Connector::pause_after(const Error& why) {
  if (!is_refusal(why.code)) return pauses_.next();
  auto jitter = 1.0 + 0.25 * settings_.randomness();
  return std::chrono::duration_cast<Duration>(settings_.refused_pause * jitter);
}

}  // namespace reeve::agent
