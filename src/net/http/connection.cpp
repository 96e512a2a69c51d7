#include "net/http/connection.hpp"

#include "async/call.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace reeve::net {
namespace {

using namespace std::chrono_literals;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
// Below, copying a body behind its header is cheaper than sending two pieces.
constexpr std::size_t kSmallBody = 4 * 1024;
constexpr std::size_t kKeptMemory = 16 * 1024;
constexpr std::size_t kReservedBody = 1024 * 1024;
constexpr std::size_t kMaxRequestId = 64;
constexpr Duration kLingerTime = 2s;
constexpr std::size_t kLingerBytes = 16 * 1024 * 1024;

bool is_sane_id(std::string_view id) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:";
  return !id.empty() && id.size() <= kMaxRequestId && id.find_first_not_of(kAllowed) == id.npos;
}

}  // namespace

Connection::Connection(std::shared_ptr<Shard> shard, Stream stream, Peer peer,
                       std::shared_ptr<const ServerTls> tls)
    : shard_(std::move(shard)),
      place_(shard_->connections().insert(shard_->connections().end(), this)),
      stream_(std::move(stream)),
      tls_(std::move(tls)),
      peer_(std::make_shared<const Peer>(std::move(peer))),
      parser_(shard_->settings().max_header_bytes) {}

Connection::~Connection() {
  shard_->connections().erase(place_);
  shard_->uncount();
}

void Connection::finish() {
  closes_ = true;
  // Interrupts the read of an idle connection or of a stream's watcher; an answer goes out whole.
  if (phase_ == Phase::idle || is_streaming_) stream_.cancel();
}

void Connection::end() {
  is_ended_ = true;
  deadline_ = Instant::max();
  stream_.cancel();
}

void Connection::check_deadline(Instant now) {
  if (deadline_ > now) return;
  auto before = untaken_;
  if (before) untaken_ = stream_.untaken();
  // A slow reader is no dead one.
  if (before && *untaken_ < *before) {
    deadline_ = now + shard_->settings().write_timeout;
  } else {
    end();
  }
}

Task<> Connection::run() {
  // Half an answer helps nobody, so cancelling stops no wait here; end() does.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  bool is_welcome = true;
  if (tls_) is_welcome = co_await shake_hands();
  if (is_welcome) co_await serve();
  if (has_unread_input_ && !is_ended_) co_await linger();
  if (!was_upgraded_) stream_.close();
}

Task<bool> Connection::shake_hands() {
  auto limit = shard_->settings().handshake_timeout;
  auto done = co_await async::within<void>(loop(), limit, stream_.accept_tls(std::move(tls_)));
  shard_->handshake_ended(peer_->endpoint);
  if (!done) {
    const auto& tell = shard_->handlers().on_handshake_failure;
    if (tell && !is_ended_ && !shard_->is_finishing()) tell(peer_->endpoint, done.error().what);
    co_return false;
  }
  Peer peer{.endpoint = peer_->endpoint};
  stream_.describe(peer);
  peer_ = std::make_shared<const Peer>(std::move(peer));
  co_return !is_ended_;
}

Task<> Connection::serve() {
  deadline_ = loop().now() + shard_->settings().header_timeout;
  while (!is_ended_) {
    auto next = advance();
    if (next == Next::close) co_return;
    if (next == Next::handle) {
      co_await handle();
      if (was_upgraded_) co_return;
    } else if (next == Next::flush) {
      auto flushed = co_await flush();
      if (!flushed) co_return;
    } else {
      auto space = input_.space(phase_ == Phase::body ? Input::kLarge : Input::kSmall);
      auto result = co_await stream_.async_read_some(space, kAwait);
      auto& [error, got] = result;
      // finish() interrupts a read too: advance() decides what that means.
      if (error && error != asio::error::operation_aborted) co_return;
      input_.commit(got);
    }
  }
}

// Does everything that needs no waiting, several pipelined requests included.
Connection::Next Connection::advance() {
  for (;;) {
    if (has_unsent()) return Next::flush;
    if (is_answered_ && closes_) return Next::close;
    if (is_answered_) next_request();
    auto used = parser_.feed(input_.view());
    if (!used) {
      refuse(used.error(), status_of_bad_request(used.error()));
      continue;
    }
    input_.consume(*used);
    if (closes_ && !parser_.has_started()) return Next::close;
    if (!parser_.has_header()) return wait_for_more();
    if (is_admitted_) body_bytes_ += *used;
    if (!is_admitted_) {
      admit();
    } else if (!parser_.is_done()) {
      if (*used == 0 || input_.empty()) return wait_for_more();
    } else {
      begin_answer();
      const auto& try_now = shard_->handlers().try_now;
      auto response = try_now ? try_now(parser_.request) : std::nullopt;
      if (!response) return Next::handle;
      if (response->stream || response->upgrade) {
        ready_ = std::make_unique<Response>(std::move(*response));
        return Next::handle;
      }
      respond(std::move(*response));
    }
  }
}

Connection::Next Connection::wait_for_more() {
  auto phase = !parser_.has_started() ? Phase::idle
               : parser_.has_header() ? Phase::body
                                      : Phase::header;
  const auto& settings = shard_->settings();
  if (phase != phase_) {
    phase_ = phase;
    phase_began_ = loop().now();
  }
  if (phase == Phase::header) deadline_ = phase_began_ + settings.header_timeout;
  if (phase == Phase::body)
    deadline_ = phase_began_ + settings.body_grace +
                1s * static_cast<std::int64_t>(body_bytes_ / settings.body_bytes_per_second);
  return Next::read;
}

void Connection::next_request() {
  if (parser_.request.body.capacity() > kKeptMemory) parser_.request.body = {};
  parser_.reset();
  is_admitted_ = is_answered_ = is_head_ = is_http_1_0_ = false;
  body_bytes_ = 0;
  phase_ = Phase::idle;
  deadline_ = loop().now() + shard_->settings().idle_timeout;
  input_.shrink();
}

// The header is there: may the body come?
void Connection::admit() {
  auto& request = parser_.request;
  auto given = request.headers.get("X-Request-Id");
  if (is_sane_id(given)) {
    request_id_ = given;
  } else {
    request_id_ = shard_->next_request_id();
  }
  request.request_id = request_id_;
  request.peer = peer_;
  is_admitted_ = true;
  is_head_ = request.method == Method::head;
  is_http_1_0_ = parser_.is_http_1_0();
  if (parser_.is_done()) return;
  const auto& ask = shard_->handlers().body_limit;
  auto limit = ask ? ask(request) : shard_->settings().max_body_bytes;
  auto length = parser_.content_length();
  if (length && *length > limit) {
    Error error{Errc::too_large,
                fmt::format("expected a body of at most {} bytes, got {}", limit, *length),
                "",
                {}};
    return refuse(error, http_status(error.code));
  }
  parser_.set_body_limit(limit);
  if (length) request.body.reserve(std::min<std::size_t>(*length, kReservedBody));
  if (parser_.wants_continue() && input_.empty()) {
    out_ += "HTTP/1.1 100 Continue\r\n\r\n";
    send_now();
  }
}

void Connection::begin_answer() {
  phase_ = Phase::handling;
  deadline_ = Instant::max();
  closes_ = closes_ || !parser_.keep_alive();
}

void Connection::append_head(const Response& response, std::optional<std::size_t> length) {
  ResponseFrame frame;
  frame.request_id = request_id_;
  frame.is_http_1_0 = is_http_1_0_;
  frame.length = length;
  frame.is_chunked = !length && !is_http_1_0_;
  closes_ = closes_ || shard_->is_finishing() || (!length && is_http_1_0_);
  frame.closes = closes_;
  append_header(out_, response, frame);
}

void Connection::respond(Response response) {
  auto text = response.body.view();
  append_head(response, text.size());
  if (!is_head_ && may_have_body(response.status)) {
    if (text.size() <= kSmallBody) {
      out_ += text;
    } else {
      body_ = std::move(response.body);
    }
  }
  is_answered_ = true;
  send_now();
}

// The client may go on sending what belongs to the refused request: the connection cannot stay.
void Connection::refuse(const Error& error, int status) {
  if (request_id_.empty() || !is_admitted_) request_id_ = shard_->next_request_id();
  closes_ = true;
  has_unread_input_ = true;
  auto whole = error;
  whole.field.clear();  // it is about the request, not about a field of its body
  auto response = error_response(whole);
  response.status = status;
  respond(std::move(response));
}

Task<> Connection::turn_away() {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  refuse({Errc::unavailable, "too many connections, try again later", "", {}}, 503);
  auto flushed = co_await flush();
  if (flushed) co_await linger();
  stream_.close();
}

void Connection::sent(std::size_t bytes) {
  auto of_out = std::min(bytes, out_.size() - out_sent_);
  out_sent_ += of_out;
  body_sent_ += bytes - of_out;
  if (has_unsent()) return;
  out_sent_ = body_sent_ = 0;
  body_ = {};
  out_.clear();
  if (out_.capacity() > kKeptMemory) out_.shrink_to_fit();
}

void Connection::send_now() {
  ErrorCode error;
  auto bytes = stream_.try_write(std::string_view(out_).substr(out_sent_),
                                 body_.view().substr(body_sent_), error);
  // Whatever failed fails again in flush(), where there is somebody to tell.
  sent(bytes);
}

Task<Result<>> Connection::flush() {
  while (has_unsent() && !is_ended_) {
    deadline_ = loop().now() + shard_->settings().write_timeout;
    untaken_ = stream_.untaken();
    auto out = std::string_view(out_).substr(out_sent_);
    auto body = body_.view().substr(body_sent_);
    std::array<asio::const_buffer, 2> pieces{asio::buffer(out.data(), out.size()),
                                             asio::buffer(body.data(), body.size())};
    auto result = co_await stream_.async_write_some(pieces, kAwait);
    auto& [error, bytes] = result;
    untaken_.reset();
    sent(bytes);
    if (error == asio::error::operation_aborted) {
      end();
      co_return fail(Errc::cancelled, "the answer was cut off");
    }
    if (error) {
      end();
      co_return fail(Errc::unavailable, "the client is gone: {}", sentence(error));
    }
  }
  deadline_ = Instant::max();
  if (is_ended_) co_return fail(Errc::unavailable, "the connection has ended");
  co_return Result<>();
}

// Closing with bytes unread would reset the connection, and the client might never see the answer.
Task<> Connection::linger() {
  stream_.shut_down_sending();
  deadline_ = loop().now() + kLingerTime;
  for (std::size_t total = 0; total < kLingerBytes && !is_ended_;) {
    input_ = Input();
    auto result = co_await stream_.async_read_some(input_.space(Input::kLarge), kAwait);
    auto& [error, got] = result;
    if (error) co_return;
    total += got;
  }
}

}  // namespace reeve::net
