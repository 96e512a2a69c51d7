#include "net/testing/raw_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace reeve::net::testing {
namespace {

constexpr timeval kLimit{10, 0};

}  // namespace

RawClient::RawClient(const Endpoint& to, int receive_buffer, const char* from) {
  bool is_v6 = to.host.find(':') != to.host.npos;
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(to.port);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(to.port);
  inet_pton(AF_INET, to.host.c_str(), &v4.sin_addr);
  inet_pton(AF_INET6, to.host.c_str(), &v6.sin6_addr);
  socket_.reset(::socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &kLimit, sizeof kLimit);
  if (receive_buffer > 0)
    setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  sockaddr_in own{};
  own.sin_family = AF_INET;
  if (from && (inet_pton(AF_INET, from, &own.sin_addr) != 1 ||
               ::bind(socket_.get(), reinterpret_cast<sockaddr*>(&own), sizeof own) != 0))
    throw std::runtime_error(std::string("cannot come from ") + from);
  auto* address = is_v6 ? reinterpret_cast<sockaddr*>(&v6) : reinterpret_cast<sockaddr*>(&v4);
  if (::connect(socket_.get(), address, is_v6 ? sizeof v6 : sizeof v4) != 0)
    throw std::runtime_error("cannot connect to " + to.to_string());
}

void RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    auto sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // the peer closed: what it said first can still be read
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool RawClient::read_some() {
  std::array<char, 16384> buffer;
  auto got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (got <= 0) return false;
  input_.append(buffer.data(), static_cast<std::size_t>(got));
  return true;
}

std::string RawClient::read_all() {
  while (read_some()) {
  }
  return std::exchange(input_, {});
}

std::string RawClient::read_until(std::string_view text) {
  while (input_.find(text) == input_.npos)
    if (!read_some()) break;
  return std::exchange(input_, {});
}

std::size_t RawClient::take(std::size_t bytes) {
  auto before = input_.size();
  while (input_.size() < before + bytes)
    if (!read_some()) break;
  return std::min(input_.size() - before, bytes);
}

std::string RawClient::read_answer() {
  std::size_t header_end;
  while ((header_end = input_.find("\r\n\r\n")) == input_.npos)
    if (!read_some()) return std::exchange(input_, {});
  std::size_t size = header_end + 4;
  constexpr std::string_view kLength = "Content-Length: ";
  auto length = input_.find(kLength);
  if (length < header_end) size += std::stoul(input_.substr(length + kLength.size()));
  while (input_.size() < size)
    if (!read_some()) break;
  auto answer = input_.substr(0, size);
  input_.erase(0, answer.size());
  return answer;
}

bool RawClient::is_closed_by_peer() { return !read_some() && input_.empty(); }

void RawClient::reset() {
  linger now{1, 0};
  setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  socket_.reset();
}

}  // namespace reeve::net::testing
