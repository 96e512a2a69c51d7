#include "cli/server_address.hpp"

#include "sys/testing/temp_folder.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace reeve::cli {
namespace {

class ServerAddressTest : public testing::Test {
 protected:
  void SetUp() override { forget_variables(); }
  void TearDown() override { forget_variables(); }

  static void forget_variables() {
    for (const char* name : {"REEVE_ADDR", "REEVE_TOKEN", "REEVE_DATA", "REEVE_LOCAL_SOCKET"})
      ::unsetenv(name);
  }
  void leave(const std::string& name, const std::string& port) {
    std::ofstream(folder.path() / name)
        << R"({"console": "http://127.0.0.1:)" << port << R"(", "token": "t)" << port << R"("})";
  }
  Result<ServerAddress> find() { return find_server(folder.path().string()); }

  sys::testing::TempFolder folder;
};

TEST_F(ServerAddressTest, reads_what_a_manager_left_and_prefers_dev) {
  leave("manager.json", "1");
  EXPECT_EQ(find()->token, "t1");

  leave("dev.json", "2");
  EXPECT_EQ(find()->url, "http://127.0.0.1:2");
}

TEST_F(ServerAddressTest, says_how_to_start_one_where_there_is_none) {
  auto found = find();

  ASSERT_FALSE(found);
  EXPECT_NE(found.error().what.find("reeve dev"), std::string::npos);
}

TEST_F(ServerAddressTest, takes_the_variables_before_the_default_folder) {
  ::setenv("REEVE_DATA", folder.path().c_str(), 1);
  leave("dev.json", "2");
  EXPECT_EQ(find_server({})->token, "t2");

  ::setenv("REEVE_ADDR", "http://10.0.0.1:7700/", 1);
  ::setenv("REEVE_TOKEN", "mine", 1);
  EXPECT_EQ(find_server({})->url, "http://10.0.0.1:7700");
  EXPECT_EQ(find_server({})->token, "mine");
}

TEST_F(ServerAddressTest, takes_a_folder_that_was_named_before_the_variables) {
  leave("dev.json", "2");
  ::setenv("REEVE_ADDR", "http://10.0.0.1:7700", 1);

  EXPECT_EQ(find()->url, "http://127.0.0.1:2");
}

TEST_F(ServerAddressTest, reads_addresses_with_and_without_a_port) {
  EXPECT_EQ(parse_url("http://[::1]:80/")->to_string(), "[::1]:80");
  EXPECT_EQ(parse_url("http://reeve.example.org")->port, 7700);
  EXPECT_FALSE(parse_url("127.0.0.1:7700"));
  EXPECT_FALSE(parse_url("ftp://127.0.0.1"));
}

TEST_F(ServerAddressTest, finds_the_agent_where_its_settings_have_put_its_socket) {
  auto usual = find_agent(folder.path().string());
  std::ofstream(folder.path() / "agent.json")
      << R"({"agent_socket": "/run/mine.sock", "node": "n"})";

  auto found = find_agent(folder.path().string());

  EXPECT_EQ(usual->endpoint.host, (folder.path() / "agent/agent.sock").native());
  ASSERT_TRUE(found) << found.error().what;
  EXPECT_EQ(found->endpoint.host, "/run/mine.sock");
  EXPECT_EQ(found->url, "unix:/run/mine.sock");
}

}  // namespace
}  // namespace reeve::cli
