// Stream: a connected socket, TCP or Unix, plain or with TLS, as Beast's AsyncStream models it; and
// connect(), which makes one. Private to net/ (it brings Asio's sockets along). Its loop's thread
// only. A move is allowed while nothing is under way.
#pragma once

#include "async/loop.hpp"
#include "net/address.hpp"
#include "net/tls/session.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/post.hpp>

#include <array>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace reeve::net {
namespace asio = boost::asio;

using ErrorCode = boost::system::error_code;

class Stream {
 public:
  using executor_type = async::Loop::Executor;
  using Socket = asio::basic_stream_socket<asio::generic::stream_protocol, executor_type>;

  Stream(async::Loop& loop, Socket socket) : loop_(&loop), socket_(std::move(socket)) {}
  Stream(Stream&&) = default;
  Stream& operator=(Stream&&) = default;  // NOLINT(*-noexcept-move-constructor): as Asio's socket

  executor_type get_executor() { return socket_.get_executor(); }
  async::Loop& loop() { return *loop_; }

  /// The failure is a sentence for people. A deadline is the caller's (async::within).
  Task<Result<>> accept_tls(std::shared_ptr<const ServerTls> tls);
  Task<Result<>> connect_tls(std::shared_ptr<const ClientTls> tls);
  void describe(Peer& peer) const;

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return asio::async_initiate<Token, void(ErrorCode, std::size_t)>(Start<true>{this}, token,
                                                                     buffers);
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return asio::async_initiate<Token, void(ErrorCode, std::size_t)>(Start<false>{this}, token,
                                                                     buffers);
  }

  /// Calls `then` once there is something to read, or with an error.
  template <class Then>
  void wait_readable(Then then) {
    socket_.async_wait(Socket::wait_read, std::move(then));
  }

  /// Writes what the socket takes at once of the two texts in a row; `would_block` with the rest.
  std::size_t try_write(std::string_view first, std::string_view second, ErrorCode& error);

  /// Bytes (on a Unix socket: memory) that were written and the other side has not taken yet. It
  /// falls with what he takes, though the socket is writable again only when much has gone.
  std::size_t untaken();

  /// A way that takes nothing for so long breaks the connection.
  void limit_unacknowledged(Duration limit);

  /// Ends the waits under way with operation_aborted; the connection stays.
  void cancel();
  /// Tells the other side that no more will be sent.
  void shut_down_sending();
  void close();
  bool is_open() const { return socket_.is_open(); }

 private:
  // What a TLS record holds; small buffers are put together into one.
  static constexpr std::size_t kRecord = 16 * 1024;

  template <bool is_read>
  struct Start {
    Stream* stream;
    template <class Handler, class Buffers>
    void operator()(Handler&& handler, const Buffers& buffers) const;
  };

  template <bool is_read, class Buffers>
  struct TlsTransfer;

  Task<Result<>> handshake();
  template <class Buffers>
  static tls::Step read_step(tls::Session& session, const Buffers& buffers);
  template <class Buffers>
  static tls::Step write_step(tls::Session& session, const Buffers& buffers);
  tls::Step write_two(std::string_view first, std::string_view second);

  async::Loop* loop_;
  Socket socket_;
  std::unique_ptr<tls::Session> session_;
};

/// Finds the host (names are looked up) or the Unix socket, connects, and does the TLS handshake
/// unless `tls` is null.
Task<Result<Stream>> connect(async::Loop& loop, Endpoint to, std::shared_ptr<const ClientTls> tls);

/// "connection reset by peer": what to say of a failed read or write.
std::string sentence(const ErrorCode& error);

// A read or a write under TLS: tries at once, else waits for the socket and tries again. Reads may
// have to write and writes to read, as the protocol wants.
template <bool is_read, class Buffers>
struct Stream::TlsTransfer {
  Stream* stream;
  Buffers buffers;
  tls::Step done{};
  bool has_waited = false;
  bool is_done = false;

  template <class Self>
  void operator()(Self& self, ErrorCode error = {}) {
    if (is_done) return self.complete(done.error, done.bytes);
    if (error) return self.complete(error, 0);
    // Closed between the socket's readiness and now: its number may be another connection's.
    if (!stream->is_open()) return self.complete(asio::error::operation_aborted, 0);
    if constexpr (is_read) {
      // Most often a whole message was read before: trying again would find nothing.
      if (!has_waited && stream->session_->is_drained()) {
        has_waited = true;
        return stream->socket_.async_wait(Socket::wait_read, std::move(self));
      }
      done = read_step(*stream->session_, buffers);
    } else {
      done = write_step(*stream->session_, buffers);
    }
    if (done.want != tls::Want::nothing) {
      has_waited = true;
      auto what = done.want == tls::Want::read ? Socket::wait_read : Socket::wait_write;
      return stream->socket_.async_wait(what, std::move(self));
    }
    if (has_waited) return self.complete(done.error, done.bytes);
    // Never from within the call that started it.
    is_done = true;
    asio::post(stream->get_executor(), std::move(self));
  }
};

template <bool is_read>
template <class Handler, class Buffers>
void Stream::Start<is_read>::operator()(Handler&& handler, const Buffers& buffers) const {
  if (stream->session_) {
    asio::async_compose<Handler, void(ErrorCode, std::size_t)>(
        TlsTransfer<is_read, Buffers>{stream, buffers}, handler, stream->socket_);
  } else if constexpr (is_read) {
    stream->socket_.async_read_some(buffers, std::forward<Handler>(handler));
  } else {
    stream->socket_.async_write_some(buffers, std::forward<Handler>(handler));
  }
}

template <class Buffers>
tls::Step Stream::read_step(tls::Session& session, const Buffers& buffers) {
  auto end = asio::buffer_sequence_end(buffers);
  for (auto at = asio::buffer_sequence_begin(buffers); at != end; ++at) {
    asio::mutable_buffer buffer(*at);
    if (buffer.size() > 0) return session.read(buffer.data(), buffer.size());
  }
  return {};
}

template <class Buffers>
tls::Step Stream::write_step(tls::Session& session, const Buffers& buffers) {
  // Only used between here and the return. A retry gathers the same bytes again, as
  // SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER allows.
  static thread_local std::array<char, kRecord> gathered;
  auto begin = asio::buffer_sequence_begin(buffers);
  auto end = asio::buffer_sequence_end(buffers);
  for (; begin != end; ++begin)
    if (asio::const_buffer(*begin).size() > 0) break;
  if (begin == end) return {};
  asio::const_buffer first(*begin);
  if (first.size() >= kRecord || std::next(begin) == end)
    return session.write(first.data(), first.size());
  std::size_t size = 0;
  for (; begin != end && size < kRecord; ++begin) {
    asio::const_buffer buffer(*begin);
    auto part = std::min(buffer.size(), kRecord - size);
    if (part > 0) std::memcpy(gathered.data() + size, buffer.data(), part);
    size += part;
  }
  return session.write(gathered.data(), size);
}

}  // namespace reeve::net
