#include "agent/testing/test_manager.hpp"

#include "link/codec.hpp"

#include <thread>
#include <utility>

namespace reeve::agent::testing {
namespace {

constexpr const char* kServerName = "manager.c1";

net::Response json_response(std::string text) {
  net::Response response;
  response.content_type = "application/json";
  response.body = std::move(text);
  return response;
}

}  // namespace

TestManager::TestManager() {
  auto now = sys::SystemClock().wall();
  ca = net::make_ca("test CA", now).value();
  auto own = net::issue_server(ca, {kServerName}, now).value();
  net::ServerTlsSettings tls;
  tls.chain_pem = own.certificate_pem + ca.certificate_pem;
  tls.key_pem = own.key_pem;
  tls.client_ca_pem = ca.certificate_pem;
  tls.verify = net::ClientCertificate::optional;
  net::ServerHandlers handlers;
  handlers.handle = [this](net::Request request) { return handle(std::move(request)); };
  server_ = std::make_unique<net::testing::TestServer>(
      std::move(handlers), net::ServerSettings(), net::ServerTls::create(std::move(tls)).value());
}

// The socket lives on the server's loop and must end before it does.
TestManager::~TestManager() {
  server_->loops.stop();
  socket_.reset();
}

std::string TestManager::token() const {
  return net::read_certificate(ca.certificate_pem).value().fingerprint + "." + std::string(64, 'a');
}

void TestManager::refuse_joins(std::optional<Error> why) {
  std::lock_guard lock(mutex_);
  refusal_ = std::move(why);
}

void TestManager::send_on_welcome(std::optional<link::Spec> spec) {
  std::lock_guard lock(mutex_);
  spec_ = std::move(spec);
}

std::vector<link::JoinRequest> TestManager::joins() const {
  std::lock_guard lock(mutex_);
  return joins_;
}

std::vector<link::Applied> TestManager::applied() const {
  std::lock_guard lock(mutex_);
  return applied_;
}

std::vector<link::Report> TestManager::reports() const {
  std::lock_guard lock(mutex_);
  return reports_;
}

void TestManager::forget_reports() {
  std::lock_guard lock(mutex_);
  reports_.clear();
}

model::ProcessStatus TestManager::wait_for_process(const std::string& process,
                                                   model::ProcessState state) {
  sys::SystemClock clock;
  auto deadline = clock.now() + std::chrono::seconds(30);
  while (clock.now() < deadline) {
    for (const auto& report : reports())
      for (const auto& word : report.programs.value_or(std::vector<link::ProgramWord>()))
        for (const auto& status : word.processes)
          if (status.process == process && status.state == state) return status;
    std::this_thread::yield();
  }
  return {};
}

Task<net::Response> TestManager::handle(net::Request request) {
  if (request.path() == "/join") co_return join(request);
  if (request.peer->identity != "reeve://c1/node/n1")
    co_return net::error_response({Errc::unauthenticated, "who are you", "", {}});
  net::Response response;
  response.upgrade = [this](std::shared_ptr<net::MessageSocket> socket) {
    net::SocketEvents events;
    events.on_frame = [this](std::string_view frame, net::FrameKind kind) {
      take(link::decode_message(frame, kind).value());
    };
    events.on_closed = [](const std::string&) {};
    socket->start(std::move(events));
    std::lock_guard lock(mutex_);
    socket_ = std::move(socket);
  };
  co_return response;
}

net::Response TestManager::join(const net::Request& request) {
  std::lock_guard lock(mutex_);
  if (refusal_) return net::error_response(*refusal_);
  auto asked = json::decode_text<link::JoinRequest>(request.body, json::Mode::lenient).value();
  joins_.push_back(asked);
  if (changed_answer) return json_response(json::encode_text(*changed_answer));
  auto certificate =
      net::sign_request(ca, asked.csr, "reeve://c1/node/n1", sys::SystemClock().wall()).value();
  return json_response(json::encode_text(link::JoinAnswer{
      "n1", asked.name, "c1", kServerName, std::move(certificate), ca.certificate_pem, {}, {}}));
}

void TestManager::take(const link::Message& message) {
  std::lock_guard lock(mutex_);
  if (message.applied) applied_.push_back(*message.applied);
  if (message.report) reports_.push_back(*message.report);
  if (!message.hello) return;
  link::Message answer;
  answer.welcome.emplace();
  answer.welcome->cluster = "c1";
  answer.welcome->name = "node-1";
  answer.welcome->is_current = !spec_;
  socket_->send(link::frame_of(answer), net::FrameKind::text);
  if (!spec_) return;
  link::Message push;
  push.spec = spec_;
  socket_->send(link::frame_of(push), net::FrameKind::text);
}

}  // namespace reeve::agent::testing
