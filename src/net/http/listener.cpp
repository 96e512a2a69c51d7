#include "net/http/listener.hpp"

#include "base/ip_address.hpp"
#include "base/log.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>

#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace reeve::net {
namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;

constexpr Duration kAfterFailure = 100ms;
// Above max_connections so many are told so; more are closed without a word.
constexpr std::size_t kTurnedAway = 64;

Result<tcp::endpoint> local_address(const Endpoint& where) {
  if (where.host.empty()) return tcp::endpoint(asio::ip::address_v6::any(), where.port);
  TRY_ASSIGN(auto address, IpAddress::parse(where.host), "listen on {}", where.to_string());
  return tcp::endpoint(asio::ip::make_address(address.text()), where.port);
}

Endpoint as_endpoint(const asio::generic::stream_protocol::endpoint& generic) {
  tcp::endpoint at;
  std::memcpy(at.data(), generic.data(), std::min(generic.size(), at.capacity()));
  auto address = at.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  return {address.to_string(), at.port()};
}

Error listen_failure(const ErrorCode& error, const Endpoint& where) {
  auto failure = errno_error(error.value(), fmt::format("listen on {}", where.to_string()));
  if (error == asio::error::address_in_use) failure.code = Errc::in_use;
  return failure;
}

}  // namespace

Listener::Listener(std::vector<std::shared_ptr<Shard>> shards, std::shared_ptr<ServerCore> core,
                   std::shared_ptr<const ServerTls> tls)
    : shards_(std::move(shards)),
      core_(std::move(core)),
      tls_(std::move(tls)),
      acceptor_(shards_.front()->loop().executor()) {}

Result<Endpoint> Listener::open(const Endpoint& where) {
  TRY_ASSIGN(auto address, local_address(where));
  ErrorCode error;
  acceptor_.open(address.protocol(), error);
  if (error == asio::error::address_family_not_supported && where.host.empty()) {
    // A kernel without IPv6.
    address = tcp::endpoint(tcp::v4(), where.port);
    acceptor_.open(address.protocol(), error);
  }
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && address.address().is_v6())
    acceptor_.set_option(asio::ip::v6_only(!where.host.empty()), error);
  if (error) return fail(listen_failure(error, where));
  TRY(bind_and_listen(address, where));
  return Endpoint{where.host, as_endpoint(acceptor_.local_endpoint()).port};
}

Result<> Listener::open_path(std::string path, mode_t mode) {
  Endpoint where{path, 0};
  TRY_ASSIGN(auto place, UnixSocketPlace::find(std::move(path)));
  auto address = place.own_address();
  ErrorCode error;
  acceptor_.open(address.protocol(), error);
  if (error) return fail(listen_failure(error, where));
  // bind(2) makes the file with the socket's own mode, so it is at no moment open to more.
  if (::fchmod(acceptor_.native_handle(), mode) != 0)
    return fail(errno_error(errno, "set the mode of " + where.to_string()));
  TRY(bind_and_listen(address, where));
  TRY_ASSIGN(file_, place.take(mode));
  return {};
}

Result<> Listener::bind_and_listen(const asio::generic::stream_protocol::endpoint& address,
                                   const Endpoint& where) {
  ErrorCode error;
  acceptor_.bind(address, error);
  if (!error) acceptor_.listen(SOMAXCONN, error);
  if (error) return fail(listen_failure(error, where));
  return {};
}

void Listener::start() {
  auto shard = shards_[next_++ % shards_.size()];
  auto& target = shard->loop();
  acceptor_.async_accept(target.executor(),
                         [self = shared_from_this(), shard, &target](
                             const ErrorCode& error, Stream::Socket socket) mutable {
                           if (!self->acceptor_.is_open()) return;
                           if (!error) {
                             self->hand_over(target, std::move(shard), std::move(socket));
                             self->start();
                           } else if (error == asio::error::connection_aborted) {
                             self->start();
                           } else {
                             // Out of descriptors, most likely: others must end first.
                             log::warning("cannot accept connections", {{"why", sentence(error)}});
                             self->loop().call_after(kAfterFailure, [self] {
                               if (self->acceptor_.is_open()) self->start();
                             });
                           }
                         });
}

void Listener::hand_over(async::Loop& target, std::shared_ptr<Shard> shard, Stream::Socket socket) {
  ErrorCode error;
  Peer peer;
  if (file_) {
    peer = {.endpoint = {file_->path(), 0}, .process = process_behind(socket.native_handle())};
  } else {
    auto remote = socket.remote_endpoint(error);
    if (!error) socket.set_option(tcp::no_delay(true), error);
    if (!error) peer.endpoint = as_endpoint(remote);
  }
  if (!error) socket.non_blocking(true, error);
  if (error) return;  // gone already
  auto limit = core_->settings.max_connections;
  auto count = ++core_->connection_count;
  bool is_welcome = count <= limit;
  if (!is_welcome && (tls_ || count > limit + kTurnedAway)) {
    --core_->connection_count;
    return;
  }
  auto take = [shard, is_welcome, peer = std::move(peer), tls = tls_,
               stream = Stream(target, std::move(socket))]() mutable {
    if (is_welcome) return shard->take(std::move(stream), std::move(peer), std::move(tls));
    shard->turn_away(std::move(stream), std::move(peer));
  };
  if (&target == &loop()) {
    take();
  } else {
    target.post(std::move(take));
  }
}

void Listener::close() {
  ErrorCode ignored;  // closing cannot fail in a way that matters
  acceptor_.close(ignored);
  if (file_) file_->remove();
}

}  // namespace reeve::net
