#include "reeve_bench/bench_agent.hpp"

#include "base/version.hpp"
#include "link/codec.hpp"

#include <utility>

namespace reeve::bench {

BenchAgent::BenchAgent(agent::Credentials credentials, net::Endpoint link, const Shared& shared)
    : credentials_(std::move(credentials)),
      link_(std::move(link)),
      shared_(shared),
      pauses_({}, agent::system_randomness()),
      held_(shared.taker.nothing(credentials_.identity.cluster)) {}

Result<> BenchAgent::prepare_tls() {
  if (tls_) return {};
  net::ClientTlsSettings settings;
  settings.ca_pem = credentials_.ca_pem;
  settings.chain_pem = credentials_.certificate_pem;
  settings.key_pem = credentials_.key_pem;
  settings.server_name = credentials_.identity.server_name;
  TRY_ASSIGN(tls_, net::ClientTls::create(std::move(settings)));
  return {};
}

Task<Result<>> BenchAgent::connect() {
  CO_TRY(prepare_tls());
  net::DialRequest request;
  request.to = link_;
  request.target = "/link";
  request.tls = tls_;
  request.deadline = std::chrono::seconds(30);
  CO_TRY_ASSIGN(socket_, co_await shared_.dialer.dial(std::move(request)), "connecting {}",
                credentials_.identity.name);
  net::SocketEvents events;
  events.on_frame = [this](std::string_view frame, net::FrameKind kind) { on_frame(frame, kind); };
  events.on_closed = [this](const std::string& reason) { lose(reason); };
  socket_->start(std::move(events));
  pauses_.reset();
  say_hello();
  co_return Result<>();
}

void BenchAgent::say_hello() {
  link::Message message;
  auto& hello = message.hello.emplace();
  hello.node = credentials_.identity.node;
  hello.agent_version = version();
  hello.cluster = held_->cluster;
  hello.epoch = held_->epoch;
  hello.version = held_->version;
  hello.digest = agent::digest_of(*held_);
  socket_->send(link::frame_of(message), net::FrameKind::text);
}

void BenchAgent::send_heartbeat(const net::Frame& frame) {
  if (socket_) socket_->send(frame, net::FrameKind::text);
}

void BenchAgent::on_frame(std::string_view frame, net::FrameKind kind) {
  Rounds::Exchange exchange;
  exchange.received = clock_.now();
  exchange.spec_bytes = frame.size();
  auto read = shared_.reader.read(frame, kind);
  if (!read) return fail(read.error().what);
  const auto& message = **read;
  if (message.goodbye && message.goodbye->code == "forbidden")
    return fail("the manager says: " + message.goodbye->message);
  if (message.welcome) on_welcome(*message.welcome);
  if (message.spec) on_spec(*read, exchange);
}

void BenchAgent::on_welcome(const link::Welcome& welcome) {
  if (welcome.is_current) become_current();
}

void BenchAgent::on_spec(const FrameReader::MessagePtr& message, Rounds::Exchange exchange) {
  auto taken = shared_.taker.take(held_, credentials_.identity.cluster, message);
  if (!taken) return fail(taken.error().what);
  held_ = taken->held;
  exchange.version = taken->newest;
  exchange.applied_bytes = taken->answer->size();
  socket_->send(taken->answer, net::FrameKind::text);
  exchange.acknowledged = clock_.now();
  if (exchange.version > 0) shared_.calls.on_exchange(exchange);
  become_current();
}

void BenchAgent::become_current() {
  if (!std::exchange(is_current_, true)) shared_.calls.on_current();
}

void BenchAgent::lose(const std::string&) {
  socket_.reset();
  if (std::exchange(is_current_, false)) shared_.calls.on_lost();
  shared_.tasks.start(come_back());
}

Task<> BenchAgent::come_back() {
  bool is_back = false;
  while (!is_back) {
    auto slept = co_await shared_.loop.sleep_for(pauses_.next());
    if (!slept) co_return;
    auto connected = co_await connect();
    is_back = connected.has_value();
  }
}

void BenchAgent::fail(const std::string& why) {
  shared_.calls.on_failed(credentials_.identity.name + ": " + why);
}

}  // namespace reeve::bench
