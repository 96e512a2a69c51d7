// What an agent says of itself when it is asked.
#include "link/agent_status.hpp"
#include "manager/api/testing/harness.hpp"

namespace reeve::manager::api {
namespace {

class NodesApiTest : public testing::ApiTest {
 protected:
  NodesApiTest() { add_node("web-1"); }
};

TEST_F(NodesApiTest, ask_the_agent_how_it_stands_now) {
  answering_node = "uid-web-1";
  agent_answer =
      R"({"node":"web-1","version":"0.3.0","lists":[{"service":"pay","state":"current"}],"new":1})";

  auto response = ask("GET", "/nodes/WEB-1/live");

  ASSERT_EQ(response.status, 200) << response.body.view();
  EXPECT_EQ(asked_method, link::kStatusCall);
  auto status = as<link::AgentStatus>(response);
  EXPECT_EQ(status.version, "0.3.0");
  ASSERT_EQ(status.lists.size(), 1u);
  EXPECT_EQ(status.lists[0].state, link::FilesState::current);
}

TEST_F(NodesApiTest, say_why_there_is_no_live_answer) {
  EXPECT_EQ(error_code(ask("GET", "/nodes/web-1/live")), "unavailable");
  EXPECT_EQ(error_code(ask("GET", "/nodes/web-2/live")), "not_found");
  answering_node = "uid-web-1";
  agent_answer = "what?";
  EXPECT_EQ(error_code(ask("GET", "/nodes/web-1/live")), "unavailable");
}

}  // namespace
}  // namespace reeve::manager::api
