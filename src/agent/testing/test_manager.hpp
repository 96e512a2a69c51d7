// The manager's end of the link on loopback, over real TLS, as far as an agent's tests need it: it
// answers POST /join as it is told to, and welcomes on /link and sends one spec. Handlers run on
// its own I/O loop; set the fields before agents come.
#pragma once

#include "link/messages.hpp"
#include "net/ca.hpp"
#include "net/testing/test_server.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace reeve::agent::testing {

class TestManager {
 public:
  TestManager();
  ~TestManager();
  TestManager(const TestManager&) = delete;
  TestManager& operator=(const TestManager&) = delete;

  net::Endpoint at() const { return server_->at; }
  std::string token() const;
  /// What it does now answers whoever comes next.
  void refuse_joins(std::optional<Error> why);
  void send_on_welcome(std::optional<link::Spec> spec);

  std::vector<link::JoinRequest> joins() const;
  std::vector<link::Applied> applied() const;
  std::vector<link::Report> reports() const;
  void forget_reports();
  /// Until an agent has reported it in this state, or half a minute has passed: then UNKNOWN.
  model::ProcessStatus wait_for_process(const std::string& process, model::ProcessState state);

  net::Identity ca;
  std::optional<link::JoinAnswer> changed_answer;  // goes out instead of the right one

 private:
  Task<net::Response> handle(net::Request request);
  net::Response join(const net::Request& request);
  void take(const link::Message& message);

  mutable std::mutex mutex_;  // the fields below: the test's thread and the I/O loop
  std::optional<Error> refusal_;
  std::optional<link::Spec> spec_;
  std::vector<link::JoinRequest> joins_;
  std::vector<link::Applied> applied_;
  std::vector<link::Report> reports_;
  std::shared_ptr<net::MessageSocket> socket_;
  std::unique_ptr<net::testing::TestServer> server_;
};

}  // namespace reeve::agent::testing
