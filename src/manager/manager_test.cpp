// The whole role on real sockets and a real database: starts, answers, stops, and says what is
// wrong.
#include "manager/manager.hpp"

#include "async/testing/virtual_loop.hpp"
#include "base/log.hpp"
#include "json/codec.hpp"
#include "net/client.hpp"
#include "net/server.hpp"
#include "net/testing/run_on.hpp"
#include "sys/testing/temp_folder.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <thread>

namespace reeve::manager {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class ManagerTest : public ::testing::Test {
 protected:
  ManagerTest() {
    runner = std::thread([this] { domain.run(); });
  }
  ~ManagerTest() override {
    stop();
    domain.stop();
    runner.join();
    io.stop();
    manager.reset();
  }

  Result<> start(net::Endpoint console = {"127.0.0.1", 0}) {
    Settings settings;
    settings.data = data;
    settings.console = std::move(console);
    settings.link = {"127.0.0.1", 0};
    manager = std::make_unique<Manager>(domain, io, pool, settings);
    auto started = net::testing::run_on(domain, manager->start());
    is_running = started.has_value();
    return started;
  }
  void stop() {
    if (!is_running) return;
    is_running = false;
    auto stopped = net::testing::run_on(domain, manager->stop(5s));
    EXPECT_TRUE(stopped) << stopped.error().what;
  }

  net::ClientResponse ask(net::Method method, std::string path, std::string body = {}) {
    if (!client) client = std::make_unique<net::HttpClient>(io.at(0), manager->console());
    net::ClientRequest request;
    request.method = method;
    request.target = std::move(path);
    request.body = std::move(body);
    request.headers.add("Authorization", "Bearer " + manager->administrator_token());
    if (!request.body.empty()) request.headers.add("Content-Type", "application/json");
    auto answer = net::testing::run_on(io.at(0), client->request(std::move(request)));
    EXPECT_TRUE(answer) << answer.error().what;
    return answer ? std::move(*answer) : net::ClientResponse{};
  }
  void forget_client() {
    // On its own loop, where it belongs.
    net::testing::run_on(io.at(0), drop(std::move(client)));
  }
  static Task<bool> drop(std::unique_ptr<net::HttpClient> client) {
    client.reset();
    co_return true;
  }

  std::string read(const fs::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  sys::testing::TempFolder folder;
  const fs::path data = folder.path();
  sys::SystemClock clock;
  async::Loop domain{clock};
  net::IoLoops io{clock, 1};
  async::BlockingPool pool{2};
  std::thread runner;
  std::unique_ptr<Manager> manager;
  std::unique_ptr<net::HttpClient> client;
  bool is_running = false;
};

TEST_F(ManagerTest, starts_answers_and_keeps_everything_over_a_restart) {
  ASSERT_TRUE(start());
  auto token = manager->administrator_token();
  auto put = ask(net::Method::put, "/api/v1/services/pay",
                 R"({"instances":[{"ip":"10.0.0.1","port":80}]})");
  auto first = ask(net::Method::get, "/api/v1/services/pay");
  EXPECT_EQ(put.status, 201);
  EXPECT_EQ(first.headers.get("ETag"), "\"1\"");
  forget_client();
  stop();

  ASSERT_TRUE(start());
  auto second = ask(net::Method::get, "/api/v1/services/pay");
  forget_client();

  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(second.body, first.body);
  EXPECT_EQ(manager->administrator_token(), token);
}

TEST_F(ManagerTest, leaves_manager_json_for_its_owner_alone) {
  ASSERT_TRUE(start());

  struct stat facts{};
  ASSERT_EQ(stat((data / "manager.json").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777u, 0600u);
  auto left = json::parse(read(data / "manager.json")).value();
  EXPECT_EQ(left.at("console").as_string(), "http://" + manager->console().to_string());
  EXPECT_EQ(left.at("token").as_string(), manager->administrator_token());
  EXPECT_EQ(left.at("data").as_string(), data.native());
}

TEST_F(ManagerTest, large_and_strange_requests_are_refused_and_it_goes_on) {
  ASSERT_TRUE(start());

  EXPECT_EQ(ask(net::Method::put, "/api/v1/services/pay", std::string(10 << 20, ' ')).status, 413);
  forget_client();
  EXPECT_EQ(ask(net::Method::get, "/api/v1/services/" + std::string(1 << 20, 'a')).status, 431);
  forget_client();
  EXPECT_EQ(ask(net::Method::put, "/api/v1/services/pay", std::string(10'000, '[')).status, 400);
  EXPECT_EQ(ask(net::Method::put, "/api/v1/services/pay", "{\"description\":\"\xff\"}").status,
            400);
  EXPECT_EQ(ask(net::Method::post, "/api/v1/services/pay", "{}").status, 405);
  EXPECT_EQ(ask(net::Method::get, "/api/v1/services/pay").status, 404);
  EXPECT_EQ(ask(net::Method::get, "/healthz").status, 200);
  forget_client();
}

TEST_F(ManagerTest, says_who_has_to_do_what_when_the_port_is_taken) {
  ASSERT_TRUE(start());
  auto taken = manager->console();
  auto elsewhere = data / "second";
  Settings settings;
  settings.data = elsewhere;
  settings.console = taken;
  settings.link = {"127.0.0.1", 0};
  Manager second(domain, io, pool, settings);

  auto refused = net::testing::run_on(domain, second.start());

  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find(taken.to_string()), std::string::npos);
  EXPECT_NE(refused.error().what.find("--listen"), std::string::npos);
  EXPECT_FALSE(fs::exists(elsewhere / "manager.json"));
}

TEST_F(ManagerTest, says_what_is_wrong_with_the_folder_or_the_database) {
  fs::create_directories(data / "manager");
  std::ofstream(data / "manager" / "store.db") << std::string(8192, 'x');

  auto damaged = start();

  ASSERT_FALSE(damaged);
  EXPECT_NE(damaged.error().what.find("store.db"), std::string::npos) << damaged.error().what;
  fs::remove_all(data / "manager");
  std::ofstream(data / "manager") << "a file where the folder should be";
  auto no_folder = start();
  ASSERT_FALSE(no_folder);
  EXPECT_NE(no_folder.error().what.find("--data"), std::string::npos) << no_folder.error().what;
}

TEST_F(ManagerTest, makes_join_tokens_for_its_own_node) {
  ASSERT_TRUE(start());

  auto token = net::testing::run_on(domain, manager->create_join_token());

  ASSERT_TRUE(token);
  EXPECT_EQ(token->size(), 64u + 1 + 64);
}

}  // namespace
}  // namespace reeve::manager
