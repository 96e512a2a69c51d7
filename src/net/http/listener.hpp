// One listening socket, on the first I/O loop; hands what it accepts to the shards in turn. Shared
// by the server and the accept under way. The loop's thread only, but for open().
#pragma once

#include "net/http/shard.hpp"
#include "net/unix_socket.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace reeve::net {

class Listener : public std::enable_shared_from_this<Listener> {
 public:
  Listener(std::vector<std::shared_ptr<Shard>> shards, std::shared_ptr<ServerCore> core,
           std::shared_ptr<const ServerTls> tls);

  /// Binds and listens; answers the address with its real port. Before start(), any thread.
  Result<Endpoint> open(const Endpoint& where);
  /// As open(), on a Unix socket; close() removes its file.
  Result<> open_path(std::string path, mode_t mode);
  void start();
  void close();
  async::Loop& loop() { return shards_.front()->loop(); }

 private:
  Result<> bind_and_listen(const asio::generic::stream_protocol::endpoint& address,
                           const Endpoint& where);
  void hand_over(async::Loop& target, std::shared_ptr<Shard> shard, Stream::Socket socket);

  std::vector<std::shared_ptr<Shard>> shards_;
  std::shared_ptr<ServerCore> core_;
  std::shared_ptr<const ServerTls> tls_;
  asio::basic_socket_acceptor<asio::generic::stream_protocol, Stream::executor_type> acceptor_;
  std::optional<UnixSocketFile> file_;
  std::size_t next_ = 0;
};

}  // namespace reeve::net
