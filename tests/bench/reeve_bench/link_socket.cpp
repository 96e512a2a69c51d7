#include "reeve_bench/link_socket.hpp"

#include "reeve_bench/frames.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace reeve::bench {
namespace {

// The example of RFC 6455, 1.3, and its answer.
constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view kAccepted = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

using net::tls::Want;

Failure system_failure(const char* doing) {
  return fail(Errc::unavailable, "cannot {}: {}", doing, std::generic_category().message(errno));
}

}  // namespace

Result<std::unique_ptr<LinkSocket>> LinkSocket::dial(Epoll& epoll, const net::Endpoint& to,
                                                     const net::ClientTls& tls, Owner& owner) {
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return system_failure("make a socket");
  std::unique_ptr<LinkSocket> made(new LinkSocket(epoll, fd, owner));
  TRY(made->connect(to, tls));
  return made;
}

LinkSocket::~LinkSocket() { ::close(fd_); }

Result<> LinkSocket::connect(const net::Endpoint& to, const net::ClientTls& tls) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(to.port);
  if (inet_pton(AF_INET, to.host.c_str(), &address.sin_addr) != 1)
    return fail(Errc::invalid, "expected an IPv4 address, got \"{}\"", to.host);
  int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 &&
      errno != EINPROGRESS)
    return system_failure("connect");
  TRY_ASSIGN(tls_, net::tls::Session::connect(tls, fd_, sys::SystemClock().wall()));
  awaited_ = EPOLLOUT;  // it is connected then
  epoll_.watch(fd_, awaited_, *this);
  return {};
}

void LinkSocket::on_ready(std::uint32_t) {
  auto went_on = proceed();
  if (!went_on) owner_.on_closed(went_on.error().what);  // which ends this socket
}

Result<> LinkSocket::proceed() {
  if (state_ == State::handshaking) return shake_hands();
  if (!unsent_.empty()) send_rest();
  return read();
}

Result<> LinkSocket::shake_hands() {
  auto step = tls_->handshake();
  if (step.error)
    return fail(Errc::unavailable, "TLS handshake failed: {} {}", step.error.message(),
                tls_->failure());
  wait_for(step.want == Want::write ? EPOLLOUT : EPOLLIN);
  if (step.want != Want::nothing) return {};
  state_ = State::upgrading;
  send(
      fmt::format("GET /link HTTP/1.1\r\nHost: link\r\nConnection: Upgrade\r\n"
                  "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                  "Sec-WebSocket-Key: {}\r\n\r\n",
                  kKey));
  return {};
}

Result<> LinkSocket::read() {
  static std::array<char, 65536> buffer;  // used between here and the return
  do {
    auto step = tls_->read(buffer.data(), buffer.size());
    if (step.error) return fail(Errc::unavailable, "{}", step.error.message());
    if (step.want != Want::nothing) return {};
    TRY(take({buffer.data(), step.bytes}));
  } while (!tls_->is_drained());
  return {};
}

Result<> LinkSocket::take(std::string_view came) {
  bool is_continued = !received_.empty();
  if (is_continued) came = received_.append(came);
  if (state_ == State::upgrading) TRY(take_upgrade(came));
  if (state_ == State::open) TRY(take_frames(came));
  if (is_continued)
    received_.erase(0, received_.size() - came.size());
  else
    received_.assign(came);
  return {};
}

Result<> LinkSocket::take_upgrade(std::string_view& bytes) {
  auto end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return {};
  auto answer = bytes.substr(0, end);
  bool is_accepted = answer.find(kAccepted) != std::string_view::npos;
  if (!answer.starts_with("HTTP/1.1 101 ") || !is_accepted)
    return fail(Errc::unavailable, "expected an upgrade, got {}",
                answer.substr(0, answer.find('\r')));
  bytes.remove_prefix(end + 4);
  state_ = State::open;
  owner_.on_open();
  return {};
}

Result<> LinkSocket::take_frames(std::string_view& bytes) {
  while (auto frame = cut_frame(bytes)) {
    if (!frame->is_final) return fail(Errc::invalid, "expected whole messages, got a fragment");
    switch (frame->opcode) {
      case Opcode::text: owner_.on_text(frame->payload); break;
      case Opcode::ping: send(client_frame(Opcode::pong, frame->payload)); break;
      case Opcode::pong: break;
      case Opcode::close: return fail(Errc::unavailable, "the manager closed the link");
      default:
        return fail(Errc::invalid, "expected no frame of opcode {}",
                    static_cast<int>(frame->opcode));
    }
  }
  return {};
}

void LinkSocket::send(std::string_view frame) {
  bool is_first = unsent_.empty();
  if (is_first) {
    auto step = tls_->write(frame.data(), frame.size());
    if (step.bytes == frame.size()) return;
    frame.remove_prefix(step.bytes);
  }
  unsent_.append(frame);
  if (is_first) wait_for(EPOLLIN | EPOLLOUT);
}

void LinkSocket::send_rest() {
  auto step = tls_->write(unsent_.data(), unsent_.size());
  unsent_.erase(0, step.bytes);
  if (unsent_.empty()) wait_for(EPOLLIN);
}

void LinkSocket::wait_for(std::uint32_t events) {
  if (events == awaited_) return;
  awaited_ = events;
  epoll_.change(fd_, events, *this);
}

}  // namespace reeve::bench
