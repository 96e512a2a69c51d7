#include "net/stream.hpp"

#include "async/call.hpp"
#include "net/unix_socket.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <memory>

namespace reeve::net {
namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

// For the name and the connection: who is there says so at once, however busy he is.
constexpr Duration kConnecting = std::chrono::seconds(10);

using Resolver = asio::ip::basic_resolver<asio::ip::tcp, Stream::executor_type>;

Failure connection_failure(const ErrorCode& error, const Endpoint& to) {
  Errc code = error == asio::error::operation_aborted ? Errc::cancelled : Errc::unavailable;
  return fail(code, "cannot connect to {}: {}", to.to_string(), sentence(error));
}

ssize_t send_both(int socket, std::string_view first, std::string_view second) {
  std::array<iovec, 2> parts{iovec{const_cast<char*>(first.data()), first.size()},
                             iovec{const_cast<char*>(second.data()), second.size()}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  return ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace

std::string sentence(const ErrorCode& error) {
  if (error == asio::error::eof) return "the other side closed the connection";
  if (error == asio::error::operation_aborted) return "cancelled";
  auto text = error.message();
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z' && (text.size() < 2 || text[1] > 'Z'))
    text[0] = static_cast<char>(text[0] | 0x20);
  return text;
}

std::size_t Stream::try_write(std::string_view first, std::string_view second, ErrorCode& error) {
  if (session_) {
    auto step = write_two(first, second);
    error = step.want == tls::Want::nothing ? step.error : asio::error::would_block;
    return step.bytes;
  }
  auto sent = second.empty() ? ::send(socket_.native_handle(), first.data(), first.size(),
                                      MSG_NOSIGNAL | MSG_DONTWAIT)
                             : send_both(socket_.native_handle(), first, second);
  if (sent >= 0) {
    error = {};
    return static_cast<std::size_t>(sent);
  }
  error = errno == EAGAIN || errno == EINTR ? ErrorCode(asio::error::would_block)
                                            : ErrorCode(errno, boost::system::system_category());
  return 0;
}

tls::Step Stream::write_two(std::string_view first, std::string_view second) {
  std::array<asio::const_buffer, 2> parts{asio::buffer(first.data(), first.size()),
                                          asio::buffer(second.data(), second.size())};
  return write_step(*session_, parts);
}

Task<Result<>> Stream::handshake() {
  for (;;) {
    auto step = session_->handshake();
    if (step.error) {
      auto why = session_->failure();
      co_return fail(Errc::unavailable, "TLS handshake failed: {}",
                     why.empty() ? sentence(step.error) : why);
    }
    if (step.want == tls::Want::nothing) co_return Result<>();
    auto what = step.want == tls::Want::read ? Socket::wait_read : Socket::wait_write;
    auto result = co_await socket_.async_wait(what, kAwait);
    auto& [error] = result;
    if (error == asio::error::operation_aborted)
      co_return fail(Errc::cancelled, "TLS handshake cancelled");
    if (error) co_return fail(Errc::unavailable, "TLS handshake failed: {}", sentence(error));
  }
}

Task<Result<>> Stream::accept_tls(std::shared_ptr<const ServerTls> tls) {
  CO_TRY_ASSIGN(session_,
                tls::Session::accept(*tls, socket_.native_handle(), loop_->clock().wall()));
  auto done = co_await handshake();
  co_return done;
}

Task<Result<>> Stream::connect_tls(std::shared_ptr<const ClientTls> tls) {
  CO_TRY_ASSIGN(session_,
                tls::Session::connect(*tls, socket_.native_handle(), loop_->clock().wall()));
  auto done = co_await handshake();
  co_return done;
}

void Stream::describe(Peer& peer) const {
  if (session_) session_->describe(peer, loop_->clock().wall());
}

std::size_t Stream::untaken() {
  int bytes = 0;
  // Fails on a closed socket alone, from which nothing can be taken.
  if (::ioctl(socket_.native_handle(), SIOCOUTQ, &bytes) != 0) return 0;
  return static_cast<std::size_t>(bytes);
}

void Stream::limit_unacknowledged(Duration limit) {
  auto milliseconds =
      static_cast<unsigned>(std::chrono::duration_cast<std::chrono::milliseconds>(limit).count());
  // Fails on a Unix socket alone, which acknowledges by itself.
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds,
               sizeof milliseconds);
}

void Stream::cancel() {
  ErrorCode ignored;  // cancelling a socket that is closed already
  socket_.cancel(ignored);
}

void Stream::shut_down_sending() {
  if (session_) session_->say_goodbye();
  ErrorCode ignored;  // the other side may have gone first
  socket_.shutdown(Socket::shutdown_send, ignored);
}

void Stream::close() {
  if (!socket_.is_open()) return;
  if (session_) session_->say_goodbye();
  ErrorCode ignored;  // nobody is left to be told
  socket_.close(ignored);
}

namespace {

using SocketPtr = std::unique_ptr<Stream::Socket>;

Task<Result<SocketPtr>> connect_tcp(async::Loop& loop, Endpoint to) {
  Resolver resolver(loop.executor());
  auto resolved = co_await resolver.async_resolve(to.host.empty() ? "localhost" : to.host,
                                                  std::to_string(to.port),
                                                  asio::ip::resolver_base::numeric_service, kAwait);
  auto& [unknown, found] = resolved;
  if (unknown) co_return connection_failure(unknown, to);
  asio::basic_stream_socket<asio::ip::tcp, Stream::executor_type> socket(loop.executor());
  auto connected = co_await asio::async_connect(socket, found, kAwait);
  auto& [error, chosen] = connected;
  if (error) co_return connection_failure(error, to);
  socket.set_option(asio::ip::tcp::no_delay(true));
  co_return std::make_unique<Stream::Socket>(std::move(socket));
}

Task<Result<SocketPtr>> connect_unix(async::Loop& loop, Endpoint to) {
  CO_TRY_ASSIGN(auto address, unix_address(to.host));
  auto socket = std::make_unique<Stream::Socket>(loop.executor());
  auto connected = co_await socket->async_connect(address, kAwait);
  auto& [error] = connected;
  if (error) co_return connection_failure(error, to);
  co_return socket;
}

}  // namespace

Task<Result<Stream>> connect(async::Loop& loop, Endpoint to, std::shared_ptr<const ClientTls> tls) {
  auto connected = to.is_unix()
                       ? connect_unix(loop, to)
                       : async::within<SocketPtr>(loop, kConnecting, connect_tcp(loop, to));
  CO_TRY_ASSIGN(auto socket, co_await std::move(connected));
  socket->non_blocking(true);
  Stream stream(loop, std::move(*socket));
  if (tls) CO_TRY(co_await stream.connect_tls(tls), "connecting to {}", to.to_string());
  co_return stream;
}

}  // namespace reeve::net
