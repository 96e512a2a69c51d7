#include "net/server.hpp"

#include "async/call.hpp"
#include "net/http/listener.hpp"
#include "net/http/shard.hpp"

#include <utility>

namespace reeve::net {
namespace {

Task<Result<>> stop_shard(std::shared_ptr<Shard> shard, Instant deadline) {
  auto stopped = co_await shard->stop(deadline);
  co_return stopped;
}

}  // namespace

struct HttpServer::Parts {
  std::shared_ptr<ServerCore> core;
  std::vector<std::shared_ptr<Shard>> shards;
  std::vector<std::shared_ptr<Listener>> listeners;

  void close_listeners() {
    for (auto& listener : listeners) listener->loop().post([listener] { listener->close(); });
    listeners.clear();
  }
};

HttpServer::HttpServer(IoLoops& loops, ServerSettings settings, ServerHandlers handlers)
    : parts_(std::make_unique<Parts>()) {
  parts_->core = std::make_shared<ServerCore>();
  parts_->core->settings = settings;
  parts_->core->handlers = std::move(handlers);
  for (std::size_t i = 0; i < loops.size(); ++i)
    parts_->shards.push_back(std::make_shared<Shard>(loops.at(i), parts_->core));
}

HttpServer::~HttpServer() {
  parts_->close_listeners();
  for (auto& shard : parts_->shards) shard->loop().post([shard] { shard->cut(); });
}

Result<Endpoint> HttpServer::listen(Endpoint where, std::shared_ptr<const ServerTls> tls) {
  auto listener = std::make_shared<Listener>(parts_->shards, parts_->core, std::move(tls));
  TRY_ASSIGN(auto bound, listener->open(where));
  parts_->listeners.push_back(listener);
  listener->loop().post([listener] { listener->start(); });
  return bound;
}

Result<> HttpServer::listen_on_path(std::string path, mode_t mode) {
  auto listener = std::make_shared<Listener>(parts_->shards, parts_->core, nullptr);
  TRY(listener->open_path(std::move(path), mode));
  parts_->listeners.push_back(listener);
  listener->loop().post([listener] { listener->start(); });
  return {};
}

Task<Result<>> HttpServer::stop(async::Loop& caller, Duration limit) {
  parts_->close_listeners();
  for (auto& shard : parts_->shards) shard->loop().post([shard] { shard->finish(); });
  auto deadline = caller.now() + limit;
  Result<> outcome;
  for (std::size_t i = 0; i < parts_->shards.size(); ++i) {
    auto shard = parts_->shards[i];
    auto stopped = co_await async::on_loop(shard->loop(), stop_shard(shard, deadline));
    if (!stopped) outcome = std::move(stopped);
  }
  co_return outcome;
}

std::size_t HttpServer::connection_count() const { return parts_->core->connection_count; }

}  // namespace reeve::net
