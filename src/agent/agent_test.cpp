#include "agent/agent.hpp"

#include "agent/testing/specs.hpp"
#include "agent/testing/test_manager.hpp"
#include "net/client.hpp"
#include "sys/testing/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

namespace reeve::agent {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// One run of an agent on loops of its own.
class Running {
 public:
  explicit Running(Settings settings)
      : thread_([this] { domain_.run(); }), agent_(domain_, io_, pool_, std::move(settings)) {
    started = net::testing::run_on(domain_, agent_.start());
  }
  ~Running() {
    auto stopped = net::testing::run_on(domain_, agent_.stop(10s));
    EXPECT_TRUE(stopped) << stopped.error().what;
    domain_.stop();
    thread_.join();
    io_.stop();
  }

  /// Until it is current, or ten seconds have passed.
  bool wait_until_current() {
    auto limit = clock_.now() + 10s;
    while (clock_.now() < limit) {
      if (net::testing::run_on(domain_, ask())) return true;
      std::this_thread::yield();
    }
    return false;
  }
  net::ClientResponse get(const std::string& target) { return get(target, agent_.local_http()); }
  net::ClientResponse get(const std::string& target, const net::Endpoint& at) {
    net::HttpClient client(io_.at(0), at);
    net::ClientRequest request;
    request.target = target;
    auto response = net::testing::run_on(io_.at(0), client.request(std::move(request)));
    return response ? *response : net::ClientResponse{};
  }
  std::string name() const { return agent_.node_name(); }
  Result<> end_programs() { return net::testing::run_on(domain_, agent_.end_programs(20s)); }

  Result<> started;

 private:
  Task<bool> ask() { co_return agent_.is_current(); }

  sys::SystemClock clock_;
  async::Loop domain_{clock_};
  net::IoLoops io_{clock_, 1};
  async::BlockingPool pool_{2};
  std::thread thread_;
  Agent agent_;
};

class AgentTest : public ::testing::Test {
 protected:
  Settings settings() {
    Settings made;
    made.data = folder / "data";
    made.managers = {manager.at()};
    made.join_token = manager.token();
    made.node_name = "node-1";
    made.local_http = {"127.0.0.1", 0};
    return made;
  }
  std::string read(const std::string& path) {
    std::ifstream in(folder / path);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  sys::testing::TempFolder folder;
  testing::TestManager manager;
};

TEST_F(AgentTest, joins_connects_and_publishes) {
  manager.send_on_welcome(testing::spec_of(5, {testing::upsert("pay", 4)}));

  Running agent(settings());
  ASSERT_TRUE(agent.started) << agent.started.error().what;
  ASSERT_TRUE(agent.wait_until_current());

  EXPECT_EQ(agent.name(), "node-1");
  EXPECT_EQ(read("data/lists/pay.conf"),
            R"([{"ip":"10.0.0.1","port":4,"status":"online","weight":100}])");
  EXPECT_EQ(static_cast<unsigned>(fs::status(folder / "data/agent").permissions()), 0700U);
  auto status = agent.get("/api/v1/status").body;
  EXPECT_THAT(status, HasSubstr(R"("node":"node-1")"));
  EXPECT_THAT(status, HasSubstr(R"("connected":true)"));
  EXPECT_THAT(status, HasSubstr(R"("service":"pay","revision":4,"version":4,"state":"current")"));
}

TEST_F(AgentTest, starts_again_with_neither_manager_nor_token) {
  manager.send_on_welcome(testing::spec_of(5, {testing::upsert("pay", 4)}));
  {
    Running first(settings());
    ASSERT_TRUE(first.started) << first.started.error().what;
    ASSERT_TRUE(first.wait_until_current());
  }
  auto again = settings();
  again.managers = {{"127.0.0.1", 1}};
  again.join_token = "no longer good";

  Running second(again);

  ASSERT_TRUE(second.started) << second.started.error().what;
  EXPECT_EQ(manager.joins().size(), 1U);
  EXPECT_EQ(second.get("/api/v1/services/PAY").status, 200);
  EXPECT_THAT(second.get("/api/v1/services/pay").body, HasSubstr(R"("port":4)"));
  EXPECT_THAT(second.get("/api/v1/services").body, HasSubstr(R"({"items":[{"name":"pay")"));
  EXPECT_THAT(second.get("/api/v1/status").body, HasSubstr(R"("connected":false)"));
}

TEST_F(AgentTest, runs_its_programs_over_its_own_end_and_ends_them_when_told_to) {
  auto web = testing::program("web", 4);
  if (::geteuid() == 0) web.user = "root";
  manager.send_on_welcome(testing::spec_of_programs(5, {testing::program_upsert(web)}));
  auto given = settings();
  given.keeper_program = std::getenv("REEVE_KEEPER");
  given.run_as.allow_own = true;
  std::optional<std::int64_t> pid;
  {
    Running first(given);
    ASSERT_TRUE(first.started) << first.started.error().what;
    pid = manager.wait_for_process("web", model::ProcessState::RUNNING).pid;
    ASSERT_TRUE(pid);
  }
  EXPECT_EQ(::kill(static_cast<pid_t>(*pid), 0), 0);
  manager.forget_reports();
  {
    Running second(given);
    ASSERT_TRUE(second.started) << second.started.error().what;
    EXPECT_EQ(manager.wait_for_process("web", model::ProcessState::RUNNING).pid, pid);

    auto ended = second.end_programs();

    EXPECT_TRUE(ended) << ended.error().what;
    EXPECT_NE(::kill(static_cast<pid_t>(*pid), 0), 0);
  }
}

TEST_F(AgentTest, answers_errors_as_json) {
  Running agent(settings());
  ASSERT_TRUE(agent.started) << agent.started.error().what;

  EXPECT_EQ(agent.get("/healthz").status, 200);
  auto absent = agent.get("/api/v1/services/none");
  EXPECT_EQ(absent.status, 404);
  EXPECT_THAT(absent.body, HasSubstr(R"("code":"not_found")"));
  EXPECT_EQ(agent.get("/nowhere").status, 404);
  auto foreign = agent.get("/api/v1/nodes");
  EXPECT_EQ(foreign.status, 501);
  EXPECT_THAT(foreign.body, HasSubstr("does not answer GET /api/v1/nodes; ask the manager"));
}

TEST_F(AgentTest, answers_on_its_socket_too_and_removes_it_at_its_end) {
  auto given = settings();
  given.local_socket = folder / "run/agent.sock";
  manager.send_on_welcome(testing::spec_of(5, {testing::upsert("pay", 4)}));
  {
    Running agent(given);
    ASSERT_TRUE(agent.started) << agent.started.error().what;
    ASSERT_TRUE(agent.wait_until_current());

    auto pay = agent.get("/api/v1/services/pay", {given.local_socket.native(), 0});

    EXPECT_EQ(pay.status, 200);
    EXPECT_THAT(pay.body, HasSubstr(R"("name":"pay")"));
    EXPECT_THAT(pay.body, HasSubstr(R"("state":"current")"));
    EXPECT_EQ(static_cast<unsigned>(fs::status(given.local_socket).permissions()), 0600U);
  }
  EXPECT_FALSE(fs::exists(given.local_socket));
}

TEST_F(AgentTest, says_who_holds_its_socket) {
  auto given = settings();
  given.local_socket = folder / "agent.sock";
  Running first(given);
  ASSERT_TRUE(first.started) << first.started.error().what;

  Running second(given);

  ASSERT_FALSE(second.started);
  EXPECT_EQ(second.started.error().code, Errc::in_use);
}

TEST_F(AgentTest, does_not_start_where_it_was_refused) {
  manager.refuse_joins(Error{Errc::forbidden, "the token is used up", "", {}});

  Running agent(settings());

  ASSERT_FALSE(agent.started);
  EXPECT_EQ(agent.started.error().code, Errc::forbidden);
  EXPECT_FALSE(fs::exists(folder / "data/agent/identity.json"));
}

TEST_F(AgentTest, does_not_start_unjoined_without_a_token) {
  auto given = settings();
  given.join_token.reset();

  Running agent(given);

  ASSERT_FALSE(agent.started);
  EXPECT_THAT(agent.started.error().what, HasSubstr("reeve join-token create"));
}

TEST_F(AgentTest, says_which_port_is_taken) {
  net::testing::TestServer occupant({});
  auto given = settings();
  given.local_http = occupant.at;

  Running agent(given);

  ASSERT_FALSE(agent.started);
  EXPECT_THAT(agent.started.error().what, HasSubstr(occupant.at.to_string()));
}

// What a killed agent forked holds its sockets until it runs its own program.
TEST_F(AgentTest, waits_a_moment_for_a_port_that_is_about_to_be_free) {
  auto occupant = std::make_unique<net::testing::TestServer>(net::ServerHandlers());
  auto given = settings();
  given.local_http = occupant->at;
  sys::SystemClock clock;
  std::jthread leaving([&occupant, &clock] {
    auto until = clock.now() + 100ms;
    while (clock.now() < until) std::this_thread::yield();
    occupant.reset();
  });

  Running agent(given);

  ASSERT_TRUE(agent.started) << agent.started.error().what;
  EXPECT_EQ(agent.get("/healthz", given.local_http).status, 200);
}

TEST_F(AgentTest, refuses_a_publish_root_that_is_no_absolute_path) {
  auto given = settings();
  given.publish_roots = {"lists"};

  Running agent(given);

  ASSERT_FALSE(agent.started);
  EXPECT_THAT(agent.started.error().what, HasSubstr("expected an absolute path, got \"lists\""));
}

}  // namespace
}  // namespace reeve::agent
