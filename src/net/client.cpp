#include "net/client.hpp"

#include "async/call.hpp"
#include "net/http/client_connection.hpp"

#include <utility>

namespace reeve::net {
namespace {

using Owned = std::unique_ptr<ClientConnection>;

class OpenStream final : public ClientStream {
 public:
  explicit OpenStream(Owned connection) : connection_(std::move(connection)) {}

  int status() const override { return connection_->status(); }
  const Headers& headers() const override { return connection_->headers(); }

  Task<Result<std::optional<std::string>>> next_line(Duration wait) override {
    auto& loop = connection_->loop();
    auto line =
        co_await async::within<std::optional<std::string>>(loop, wait, connection_->read_line());
    co_return line;
  }

  Task<Result<std::optional<std::string>>> next_part(Duration wait) override {
    auto& loop = connection_->loop();
    auto part =
        co_await async::within<std::optional<std::string>>(loop, wait, connection_->read_part());
    co_return part;
  }

  Task<Result<std::string>> rest(Duration wait) override {
    auto& loop = connection_->loop();
    auto text = co_await async::within<std::string>(loop, wait, connection_->read_rest());
    co_return text;
  }

 private:
  Owned connection_;
};

}  // namespace

class HttpClient::State {
 public:
  State(async::Loop& loop, Endpoint server, std::shared_ptr<const ClientTls> tls)
      : loop_(loop), server_(std::move(server)), tls_(std::move(tls)) {}

  async::Loop& loop() { return loop_; }
  const Endpoint& server() const { return server_; }
  std::size_t max_body_bytes = 64 * 1024 * 1024;

  /// A connection on which the request was sent and the answer's header has come.
  Task<Result<Owned>> exchange(ClientRequest request) {
    if (!idle_.empty()) {
      auto kept = std::move(idle_.back());
      idle_.pop_back();
      auto answered = co_await kept->exchange(request);
      if (answered) co_return kept;
      // The server closes idle connections when it likes: then nobody has seen the request.
      if (!kept->was_closed_before_answer()) co_return fail(std::move(answered.error()));
    }
    CO_TRY_ASSIGN(auto stream, co_await connect(loop_, server_, tls_));
    // A Unix socket has no name that a Host field could say.
    auto host = server_.is_unix() ? std::string("localhost") : server_.to_string();
    auto fresh =
        std::make_unique<ClientConnection>(std::move(stream), std::move(host), max_body_bytes);
    CO_TRY(co_await fresh->exchange(std::move(request)), "asking {}", server_.to_string());
    co_return fresh;
  }

  Task<Result<ClientResponse>> request(ClientRequest request) {
    CO_TRY_ASSIGN(auto connection, co_await exchange(std::move(request)));
    CO_TRY_ASSIGN(auto body, co_await connection->read_rest(), "reading the answer of {}",
                  server_.to_string());
    ClientResponse response{connection->status(), connection->headers(), std::move(body)};
    if (connection->can_stay()) idle_.push_back(std::move(connection));
    co_return response;
  }

 private:
  async::Loop& loop_;
  Endpoint server_;
  std::shared_ptr<const ClientTls> tls_;
  std::vector<Owned> idle_;
};

HttpClient::HttpClient(async::Loop& loop, Endpoint server, std::shared_ptr<const ClientTls> tls)
    : state_(std::make_shared<State>(loop, std::move(server), std::move(tls))) {}

HttpClient::~HttpClient() = default;

Task<Result<ClientResponse>> HttpClient::request(ClientRequest request) {
  auto state = state_;
  auto limit = request.deadline;
  auto answer = co_await async::within<ClientResponse>(state->loop(), limit,
                                                       state->request(std::move(request)));
  if (!answer && answer.error().code == Errc::timeout)
    co_return fail(Errc::timeout, "{} did not answer in time", state->server().to_string());
  co_return answer;
}

Task<Result<std::unique_ptr<ClientStream>>> HttpClient::open(ClientRequest request) {
  auto state = state_;
  auto limit = request.deadline;
  auto opened =
      co_await async::within<Owned>(state->loop(), limit, state->exchange(std::move(request)));
  if (!opened && opened.error().code == Errc::timeout)
    co_return fail(Errc::timeout, "{} did not answer in time", state->server().to_string());
  CO_TRY_ASSIGN(auto connection, std::move(opened));
  co_return std::make_unique<OpenStream>(std::move(connection));
}

void HttpClient::set_max_body_bytes(std::size_t bytes) { state_->max_body_bytes = bytes; }

}  // namespace reeve::net
