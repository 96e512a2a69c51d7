#include "reeve_bench/bench_agent.hpp"

#include "base/version.hpp"
#include "link/codec.hpp"
#include "reeve_bench/frames.hpp"

#include <utility>

namespace reeve::bench {
namespace {

// An agent tries for ever; one that was never let in has a fault that shall be seen.
constexpr int kFirstTries = 5;

}  // namespace

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

void BenchAgent::connect() {
  auto dialled = dial();
  if (!dialled) fail(dialled.error().what);
}

Result<> BenchAgent::dial() {
  TRY(prepare_tls());
  TRY_ASSIGN(socket_, LinkSocket::dial(shared_.epoll, link_, *tls_, *this));
  return {};
}

void BenchAgent::on_open() {
  pauses_.reset();
  was_connected_ = true;
  link::Message message;
  auto& hello = message.hello.emplace();
  hello.node = credentials_.identity.node;
  hello.agent_version = version();
  hello.cluster = held_->cluster;
  hello.epoch = held_->epoch;
  hello.version = held_->version;
  hello.digest = agent::digest_of(*held_);
  socket_->send(client_frame(Opcode::text, *link::frame_of(message)));
  shared_.calls.on_connected();
}

void BenchAgent::send_heartbeat(std::string_view frame) {
  if (socket_ && socket_->is_open()) socket_->send(frame);
}

void BenchAgent::on_text(std::string_view text) {
  Rounds::Exchange exchange;
  exchange.received = clock_.now();
  exchange.spec_bytes = text.size();
  auto read = shared_.reader.read(text);
  if (!read) return fail(read.error().what);
  const auto& message = **read;
  if (message.goodbye && message.goodbye->code == "forbidden")
    return fail("the manager says: " + message.goodbye->message);
  if (message.welcome && message.welcome->is_current) become_current();
  if (message.spec) take_spec(*read, exchange);
}

void BenchAgent::take_spec(const FrameReader::MessagePtr& message, Rounds::Exchange exchange) {
  auto taken = shared_.taker.take(held_, credentials_.identity.cluster, message);
  if (!taken) return fail(taken.error().what);
  held_ = taken->held;
  socket_->send(*taken->frame);
  exchange.acknowledged = clock_.now();
  exchange.version = taken->newest;
  exchange.applied_bytes = taken->text->size();
  exchange.node = credentials_.identity.name;
  if (exchange.version > 0) shared_.calls.on_exchange(exchange);
  become_current();
}

void BenchAgent::become_current() {
  if (!std::exchange(is_current_, true)) shared_.calls.on_current();
}

void BenchAgent::on_closed(const std::string& why) {
  if (!was_connected_ && ++failed_tries_ == kFirstTries) return fail("connecting: " + why);
  socket_.reset();
  if (std::exchange(is_current_, false)) shared_.calls.on_lost();
  shared_.epoll.call_after(pauses_.next(), [this] { connect(); });
}

void BenchAgent::fail(const std::string& why) {
  shared_.calls.on_failed(credentials_.identity.name + ": " + why);
}

}  // namespace reeve::bench
