#include "net/ws/beast_socket.hpp"

#include "base/utf8.hpp"
#include "net/ws/gathering_stream.hpp"
#include "net/ws/send_queue.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <optional>

namespace reeve::net {
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;

namespace {

using namespace std::chrono_literals;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kKeptBuffer = 4 * 1024;  // an idle socket's read buffer
constexpr std::size_t kGathered = 64 * 1024;   // frames are written together up to here
constexpr Duration kCloseLimit = 5s;           // for the other side to answer a close

class BeastSocket final : public MessageSocket,
                          public GatheringStream::Owner,
                          public std::enable_shared_from_this<BeastSocket> {
 public:
  BeastSocket(Stream stream, std::shared_ptr<const Peer> peer, SocketSettings settings)
      : loop_(stream.loop()),
        peer_(std::move(peer)),
        settings_(settings),
        queue_(settings.max_queued_bytes),
        ws_(GatheringStream(std::move(stream))) {
    ws_.auto_fragment(false);
    ws_.read_message_max(settings.max_frame_bytes);
    ws_.control_callback([this](websocket::frame_type, beast::string_view) {
      last_heard_ = loop_.now();  // a pong is a sign of life too
    });
  }

  ~BeastSocket() override { stream().close(); }

  void start(SocketEvents events) override {
    loop_.post([self = shared_from_this(), events = std::move(events)]() mutable {
      self->events_ = std::move(events);
      if (self->is_closed_) return self->tell_closed();
      self->last_heard_ = self->loop_.now();
      self->watch_idleness();
      self->read();
    });
  }

  void send(Frame frame, FrameKind kind) override {
    switch (queue_.push({std::move(frame), kind})) {
      case SendQueue::Pushed::quietly: return;
      case SendQueue::Pushed::needs_wake:
        return loop_.post_gathered([self = shared_from_this()] { self->write_next(); });
      case SendQueue::Pushed::over_limit:
        return loop_.post([self = shared_from_this()] {
          self->ended("the other side takes too little: its queue is full");
        });
    }
  }

  void close(CloseCode code, std::string reason) override {
    queue_.shut();
    loop_.post([self = shared_from_this(), code, reason = std::move(reason)]() mutable {
      self->close_here(code, std::move(reason));
    });
  }

  void on_flushed(const ErrorCode& error) override {
    if (is_closed_) return;
    if (error) return ended(sentence(error));
    write_next();
  }

  std::size_t queued_bytes() const override { return queue_.bytes(); }
  const Peer& peer() const override { return *peer_; }
  async::Loop& loop() override { return loop_; }

  void accept(Request request, Response response, Duration limit);
  Task<Result<>> handshake(DialRequest request);

 private:
  Stream& stream() { return ws_.next_layer().stream(); }

  void read();
  void take_frame();
  void write_next();
  bool gather();
  void close_here(CloseCode code, std::string reason);
  void send_close();
  void watch_idleness();
  void watch_writing();
  void ended(std::string reason);
  void tell_closed();

  async::Loop& loop_;
  std::shared_ptr<const Peer> peer_;
  SocketSettings settings_;
  SendQueue queue_;
  websocket::stream<GatheringStream, false> ws_;
  beast::flat_buffer incoming_;
  std::size_t leaving_bytes_ = 0;  // of the queue: gathered, or being sent
  SocketEvents events_;
  Instant last_heard_{};
  std::optional<async::Loop::TimerKey> idle_timer_, close_timer_, write_timer_;
  std::optional<websocket::close_reason> close_;  // asked for, and not sent yet
  bool is_closing_ = false;
  bool is_closed_ = false;
  std::string closed_reason_;
};

void BeastSocket::read() {
  ws_.async_read(incoming_, [self = shared_from_this()](const ErrorCode& error, std::size_t) {
    if (self->is_closed_) return;
    if (!error) {
      self->take_frame();
      if (!self->is_closed_) self->read();
    } else if (error == websocket::error::closed) {
      const auto& reason = self->ws_.reason();
      self->ended(reason.reason.empty() ? fmt::format("closed with code {}", reason.code)
                                        : std::string(reason.reason.data(), reason.reason.size()));
    } else if (error == websocket::error::message_too_big) {
      self->ended(
          fmt::format("a message of more than {} bytes came", self->settings_.max_frame_bytes));
    } else {
      self->ended(sentence(error));
    }
  });
}

void BeastSocket::take_frame() {
  last_heard_ = loop_.now();
  auto data = incoming_.cdata();
  auto kind = ws_.got_binary() ? FrameKind::binary : FrameKind::text;
  if (events_.on_frame && !is_closing_)
    events_.on_frame({static_cast<const char*>(data.data()), data.size()}, kind);
  incoming_.consume(incoming_.size());
  if (incoming_.capacity() > kKeptBuffer) incoming_.shrink_to_fit();
}

// Frames that are queued leave together. While a flush goes on, the rest waits in the queue.
void BeastSocket::write_next() {
  auto& gathering = ws_.next_layer();
  while (!is_closed_ && !gathering.is_flushing()) {
    queue_.sent(std::exchange(leaving_bytes_, 0));
    if (!gather()) {
      if (close_) return send_close();
      if (events_.on_drained && !is_closing_) events_.on_drained();
      return;
    }
    auto error = gathering.flush();
    if (error && error != asio::error::would_block) return ended(sentence(error));
  }
  // Whoever began the flush: an answer to a ping does, too.
  if (!is_closed_) watch_writing();
}

bool BeastSocket::gather() {
  while (ws_.next_layer().gathered() < kGathered) {
    auto item = queue_.pop();
    if (!item) break;
    leaving_bytes_ += item->frame->size();
    ErrorCode error;
    ws_.binary(item->kind == FrameKind::binary);
    ws_.write(asio::buffer(*item->frame), error);
    if (error) break;  // the closing handshake has begun; read() hears how it ends
  }
  return leaving_bytes_ > 0;
}

void BeastSocket::close_here(CloseCode code, std::string reason) {
  if (is_closed_ || is_closing_) return;
  is_closing_ = true;
  closed_reason_ = reason;
  // RFC 6455, 5.5: the reason of a close frame is UTF-8 of at most 123 bytes.
  close_.emplace(static_cast<websocket::close_code>(code), utf8::cut(reason, 123));
  close_timer_ = loop_.call_after(kCloseLimit, [self = weak_from_this()] {
    if (auto socket = self.lock()) socket->ended(socket->closed_reason_);
  });
  write_next();
}

void BeastSocket::send_close() {
  auto reason = *std::exchange(close_, std::nullopt);
  ws_.async_close(reason, [self = shared_from_this()](const ErrorCode&) {
    // Whether the other side answered or not, this is the end.
    self->ended(self->closed_reason_);
  });
}

// Looks when half of the time has passed since a sign of life, to ping, and when all of it has.
void BeastSocket::watch_idleness() {
  auto limit = settings_.idle_timeout;
  if (limit <= Duration{}) return;
  auto quiet = loop_.now() - last_heard_;
  bool is_half_over = quiet >= limit / 2;
  if (quiet >= limit) return ended("nothing came for too long");
  if (is_half_over && !is_closing_)
    ws_.async_ping({},
                   [self = shared_from_this()](const ErrorCode&) {});  // failures show in read()
  idle_timer_ =
      loop_.call_at(last_heard_ + (is_half_over ? limit : limit / 2), [weak = weak_from_this()] {
        auto self = weak.lock();
        if (self && !self->is_closed_) self->watch_idleness();
      });
}

// While the system does not take all at once: looks whether it, or the other side, took anything
// since the last look.
void BeastSocket::watch_writing() {
  if (write_timer_ || settings_.write_timeout <= Duration{}) return;
  auto seen = ws_.next_layer().progress();
  auto untaken = stream().untaken();
  write_timer_ =
      loop_.call_after(settings_.write_timeout, [weak = weak_from_this(), seen, untaken] {
        auto self = weak.lock();
        if (!self || self->is_closed_) return;
        self->write_timer_.reset();
        const auto& gathering = self->ws_.next_layer();
        if (!gathering.is_flushing()) return;
        if (gathering.progress() == seen && self->stream().untaken() >= untaken)
          return self->ended("the other side takes nothing");
        self->watch_writing();
      });
}

void BeastSocket::ended(std::string reason) {
  if (is_closed_) return;
  is_closed_ = true;
  closed_reason_ = is_closing_ && !closed_reason_.empty() ? closed_reason_ : std::move(reason);
  for (auto* timer : {&idle_timer_, &close_timer_, &write_timer_})
    if (*timer) loop_.cancel(**timer);
  queue_.clear();
  stream().close();
  tell_closed();
}

void BeastSocket::tell_closed() {
  // The functions may own what owns this socket.
  auto events = std::exchange(events_, {});
  if (events.on_closed) events.on_closed(closed_reason_);
}

void BeastSocket::accept(Request request, Response response, Duration limit) {
  ws_.next_layer().set_owner(weak_from_this());
  auto upgrade = std::make_shared<http::request<http::empty_body>>();
  upgrade->method(http::verb::get);
  upgrade->target(request.target);
  upgrade->version(11);
  for (std::size_t i = 0; i < request.headers.size(); ++i) {
    auto [name, value] = request.headers[i];
    upgrade->insert(name, value);
  }
  response.headers.add("X-Request-Id", request.request_id);
  ws_.set_option(websocket::stream_base::decorator(
      [headers = std::move(response.headers)](websocket::response_type& answer) {
        for (std::size_t i = 0; i < headers.size(); ++i)
          answer.set(headers[i].first, headers[i].second);
      }));
  close_timer_ = loop_.call_after(limit, [weak = weak_from_this()] {
    if (auto self = weak.lock()) self->stream().close();
  });
  ws_.async_accept(*upgrade, [self = shared_from_this(), upgrade,
                              take = std::move(response.upgrade)](const ErrorCode& error) {
    self->loop_.cancel(*std::exchange(self->close_timer_, std::nullopt));
    // A client that broke off its own upgrade has nothing to be told.
    if (!error) take(self);
  });
}

Result<> refusal(const websocket::response_type& answer, const ErrorCode& error) {
  if (error != websocket::error::upgrade_declined)
    return fail(Errc::unavailable, "cannot open the WebSocket: {}", sentence(error));
  Error refused{
      Errc::unavailable, fmt::format("the server answered {}", answer.result_int()), "", {}};
  switch (answer.result_int()) {
    case 400: refused.code = Errc::invalid; break;
    case 401: refused.code = Errc::unauthenticated; break;
    case 403: refused.code = Errc::forbidden; break;
    case 404: refused.code = Errc::not_found; break;
    case 409: refused.code = Errc::conflict; break;
    case 429: refused.code = Errc::too_many; break;
    case 501: refused.code = Errc::unsupported; break;
    default: break;
  }
  ErrorCode not_json;
  auto body = boost::json::parse(answer.body(), not_json);
  if (auto* message = not_json ? nullptr : body.find_pointer("/error/message", not_json);
      message && message->is_string())
    refused.what = std::string(message->get_string());
  return fail(std::move(refused));
}

Task<Result<>> BeastSocket::handshake(DialRequest request) {
  ws_.next_layer().set_owner(weak_from_this());
  ws_.set_option(websocket::stream_base::decorator(
      [headers = std::move(request.headers)](websocket::request_type& upgrade) {
        for (std::size_t i = 0; i < headers.size(); ++i)
          upgrade.set(headers[i].first, headers[i].second);
      }));
  websocket::response_type answer;
  auto result =
      co_await ws_.async_handshake(answer, request.to.to_string(), request.target, kAwait);
  auto& [error] = result;
  if (error) co_return refusal(answer, error);
  co_return Result<>();
}

}  // namespace

void accept_websocket(Stream stream, Request request, std::shared_ptr<const Peer> peer,
                      SocketSettings settings, Duration limit, Response response) {
  auto socket = std::make_shared<BeastSocket>(std::move(stream), std::move(peer), settings);
  socket->accept(std::move(request), std::move(response), limit);
}

Task<Result<std::shared_ptr<MessageSocket>>> open_websocket(Stream stream, DialRequest request) {
  Peer peer{.endpoint = request.to};
  stream.describe(peer);
  auto socket = std::make_shared<BeastSocket>(
      std::move(stream), std::make_shared<const Peer>(std::move(peer)), request.settings);
  CO_TRY(co_await socket->handshake(std::move(request)));
  co_return std::shared_ptr<MessageSocket>(std::move(socket));
}

}  // namespace reeve::net
