// Programs by the API: made, edited, removed, and how their processes are shown.
#include "link/program_call.hpp"
#include "manager/api/testing/harness.hpp"
#include "manager/api/types.hpp"
#include "model/process.hpp"
#include "model/program.hpp"

namespace reeve::manager::api {
namespace {

class ProgramsApiTest : public testing::ApiTest {
 protected:
  ProgramsApiTest() {
    add_node("web-1", {{"zone", "a"}});
    add_node("web-2", {{"zone", "a"}});
  }

  net::Response put(const std::string& name, const std::string& fields, HeaderList headers = {}) {
    return ask("PUT", "/programs/" + name, fields, headers);
  }
  model::Program get(const std::string& name) {
    return as<model::Program>(ask("GET", "/programs/" + name));
  }
  std::vector<model::Process> processes(const std::string& name, const std::string& query = "") {
    struct Items {
      std::vector<model::Process> items;
    };
    std::vector<model::Process> all;
    auto value = value_of(ask("GET", "/programs/" + name + "/processes" + query));
    for (const auto& item : value.at("items").as_array())
      all.push_back(json::decode<model::Process>(item, json::Mode::lenient).value());
    return all;
  }
  /// The agent's word about the processes of the program.
  void tell(const std::string& node, const std::string& name,
            std::vector<model::ProcessStatus> statuses,
            std::optional<std::string> error = std::nullopt) {
    link::ProgramWord word{.program = get(name).uid};
    word.applied = model::ListMark{1, 1};
    word.processes = std::move(statuses);
    word.error = std::move(error);
    fleet->reported_programs(fleet->place("uid-" + node), {word});
  }
};

TEST_F(ProgramsApiTest, are_made_shown_listed_and_removed) {
  auto made = put("Api", R"({"command":"serve --port '80 81'","placement":{"nodes":["web-1"]}})");

  ASSERT_EQ(made.status, 201) << made.body.view();
  EXPECT_EQ(made.headers.find("ETag"), "\"1\"");
  auto shown = get("api");
  EXPECT_EQ(shown.name, "Api");
  EXPECT_EQ(shown.revision, 1u);
  EXPECT_EQ(shown.command.arguments, (std::vector<std::string>{"serve", "--port", "80 81"}));
  EXPECT_EQ(shown.processes.nodes, 1u);
  EXPECT_EQ(value_of(ask("GET", "/programs?q=AP")).at("items").as_array().size(), 1u);
  EXPECT_EQ(value_of(ask("GET", "/programs?q=other")).at("items").as_array().size(), 0u);
  EXPECT_EQ(planner->plan_of("uid-web-1")->size(), 1u);

  EXPECT_EQ(error_code(ask("DELETE", "/programs/api")), "in_use");
  auto preview = value_of(ask("DELETE", "/programs/api?dry_run=true"));
  EXPECT_EQ(preview.at("used_by").as_array().at(0), "web-1");
  EXPECT_EQ(ask("DELETE", "/programs/api?cascade=true").status, 204);
  EXPECT_EQ(error_code(ask("GET", "/programs/api")), "not_found");
  EXPECT_TRUE(planner->plan_of("uid-web-1")->empty());
}

TEST_F(ProgramsApiTest, are_edited_as_the_client_has_seen_them) {
  put("api", R"({"command":["serve"],"placement":{"selector":{"zone":"a"}}})");

  auto patched = ask("PATCH", "/programs/api", R"({"environment":{"A":"1"},"startsecs":5})",
                     {{"If-Match", "1"}});
  ASSERT_EQ(patched.status, 200) << patched.body.view();
  EXPECT_EQ(get("api").revision, 2u);
  EXPECT_EQ(get("api").environment.at("A"), "1");
  EXPECT_TRUE(get("api").placement->selector);
  EXPECT_EQ(error_code(ask("PATCH", "/programs/api", R"({"startsecs":6})", {{"If-Match", "1"}})),
            "stale");
  // The same again is no edit; an answer can be sent back.
  EXPECT_EQ(ask("PATCH", "/programs/api", R"({"startsecs":5})").status, 200);
  std::string answer(ask("GET", "/programs/api").body.view());
  EXPECT_EQ(put("api", answer).status, 200);
  EXPECT_EQ(get("api").revision, 2u);
  EXPECT_EQ(error_code(ask("PATCH", "/programs/other", "{}")), "not_found");
}

TEST_F(ProgramsApiTest, say_every_fault_with_its_place) {
  auto refused = put("api", R"({"command":"a | b","umask":"9"})");

  EXPECT_EQ(refused.status, 400);
  auto error = value_of(refused).at("error");
  EXPECT_EQ(error.at("faults").as_array().size(), 2u);
  EXPECT_EQ(error_field(refused), "/command");
  EXPECT_EQ(error_field(put("b ad", R"({"command":["a"]})")), "/name");
  EXPECT_EQ(error_field(put("api", R"({"command":["a"],"name":"other"})")), "/name");
  EXPECT_EQ(error_code(ask("GET", "/programs/api")), "not_found");
}

TEST_F(ProgramsApiTest, show_each_process_on_each_node_and_why_it_is_not_known) {
  put("api", R"({"command":["serve"],"numprocs":2,"placement":{"selector":{"zone":"a"}}})");
  connect("web-1");
  model::ProcessStatus running{.process = "api_00", .state = model::ProcessState::RUNNING};
  running.pid = 17;
  running.outdated = true;
  model::ProcessStatus fatal{.process = "api_01", .state = model::ProcessState::FATAL};
  fatal.reason = "exited with 3";
  tell("web-1", "api", {running, fatal});

  auto all = processes("api");

  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[0].node, "web-1");
  EXPECT_EQ(all[0].program, "api");
  EXPECT_EQ(all[0].pid, 17);
  EXPECT_EQ(all[1].reason, "exited with 3");
  EXPECT_EQ(all[2].state, model::ProcessState::UNKNOWN);
  EXPECT_EQ(all[2].reason, "its node's agent has never connected");
  auto counts = get("api").processes;
  EXPECT_EQ(counts.nodes, 2u);
  EXPECT_EQ(counts.running, 1u);
  EXPECT_EQ(counts.failed, 1u);
  EXPECT_EQ(counts.unknown, 2u);
  EXPECT_EQ(counts.outdated, 1u);
  EXPECT_EQ(processes("api", "?q=web-2").size(), 2u);

  tell("web-1", "api", {}, "this node runs no program as \"root\"");
  EXPECT_EQ(processes("api")[0].reason, "this node runs no program as \"root\"");
  fleet->disconnected("uid-web-1", loop.clock().wall());
  EXPECT_EQ(processes("api")[0].reason, "this node runs no program as \"root\"");
}

TEST_F(ProgramsApiTest, come_page_by_page) {
  put("api", R"({"command":["serve"],"numprocs":3,"placement":{"nodes":["web-1"]}})");

  auto first = value_of(ask("GET", "/programs/api/processes?limit=2"));
  ASSERT_EQ(first.at("items").as_array().size(), 2u);
  auto cursor = std::string(first.at("next").as_string());
  auto rest = processes("api", "?limit=2&cursor=" + cursor);

  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].process, "api_02");
}

TEST_F(ProgramsApiTest, are_started_and_stopped_by_their_agents_with_an_outcome_each) {
  put("api", R"({"command":["serve"],"numprocs":2,"placement":{"nodes":["web-1"]}})");
  connect("web-1");
  answering_node = "uid-web-1";
  agent_answer = R"({"process":"api_00"}
{"process":"api_01","error":"api_01 does not start: no such file"}
)";

  auto answer = ask("POST", "/programs/api/start");

  ASSERT_EQ(answer.status, 202) << answer.body.view();
  EXPECT_EQ(asked_method, link::kProgramCall);
  auto operation = as<OperationAnswer>(answer).operation;
  EXPECT_EQ(operation.kind, "start");
  EXPECT_EQ(operation.object, "program/api");
  EXPECT_EQ(operation.total, 2u);
  auto ended = as<OperationAnswer>(ask("GET", "/operations/" + operation.uid)).operation;
  EXPECT_EQ(ended.state, model::OperationState::failed);
  EXPECT_EQ(ended.done, 1u);
  EXPECT_EQ(ended.results[0].target, "web-1/api_00");
  EXPECT_EQ(ended.results[1].error, "api_01 does not start: no such file");
}

TEST_F(ProgramsApiTest, say_of_each_node_that_does_not_answer) {
  put("api", R"({"command":["serve"],"placement":{"selector":{"zone":"a"}}})");
  answering_node = "uid-web-1";
  agent_answer = R"({"process":"api"})";

  auto operation = as<OperationAnswer>(ask("POST", "/programs/api/restart")).operation;

  auto ended = as<OperationAnswer>(ask("GET", "/operations/" + operation.uid)).operation;
  EXPECT_EQ(ended.results[0].target, "web-1");
  EXPECT_EQ(ended.results[0].state, model::OperationState::done);
  EXPECT_EQ(ended.results[1].state, model::OperationState::failed);
  EXPECT_TRUE(ended.results[1].error);
}

TEST_F(ProgramsApiTest, refuse_orders_for_what_is_not_there) {
  put("api", R"({"command":["serve"],"placement":{"nodes":["web-1"]}})");
  put("nowhere", R"({"command":["serve"]})");

  EXPECT_EQ(error_code(ask("POST", "/programs/other/stop")), "not_found");
  EXPECT_EQ(error_code(ask("POST", "/programs/nowhere/stop")), "conflict");
  EXPECT_EQ(error_field(ask("POST", "/programs/api/stop", R"({"nodes":["web-2"]})")), "/nodes/0");
  EXPECT_EQ(error_field(ask("POST", "/programs/api/stop", R"({"processes":["api_07"]})")),
            "/processes/0");
  EXPECT_EQ(error_field(ask("POST", "/programs/api/signal", "{}")), "/signal");
  EXPECT_EQ(error_field(ask("POST", "/programs/api/signal", R"({"signal":"NONE"})")), "/signal");
}

TEST_F(ProgramsApiTest, end_operations_that_a_restart_interrupted) {
  model::Operation operation;
  operation.uid = "op1";
  operation.kind = "stop";
  operation.object = "program/api";
  operation.total = 1;
  operation.results.push_back({"web-1", model::OperationState::running, std::nullopt});
  commit({{store::keys::operation("op1"), store::bytes(json::encode_text(operation))}});

  restart();

  auto ended = as<OperationAnswer>(ask("GET", "/operations/op1")).operation;
  EXPECT_EQ(ended.state, model::OperationState::failed);
  EXPECT_NE(ended.results[0].error.value_or("").find("restarted meanwhile"), std::string::npos);
}

TEST_F(ProgramsApiTest, refuse_logs_of_what_is_not_there) {
  put("api", R"({"command":["serve"],"numprocs":2,"placement":{"nodes":["web-1"]}})");
  const std::string api = "/programs/api/processes/";

  EXPECT_EQ(error_code(ask("GET", "/programs/other/processes/web-1/other/log")), "not_found");
  EXPECT_EQ(error_code(ask("GET", api + "web-2/api_00/log")), "not_found");
  EXPECT_EQ(error_code(ask("GET", api + "web-1/api/log")), "not_found");
  EXPECT_EQ(error_code(ask("GET", api + "web-1/api_00/log")), "unavailable");
  EXPECT_EQ(error_field(ask("GET", api + "web-1/api_00/log?stream=both")), "?stream");
  EXPECT_EQ(error_field(ask("GET", api + "web-1/api_00/log?tail=-1")), "?tail");
  EXPECT_EQ(error_field(ask("GET", api + "web-1/api_00/log?since=monday")), "?since");
  EXPECT_EQ(error_field(ask("GET", api + "web-1/api_00/log?lines=5")), "?lines");
}

TEST_F(ProgramsApiTest, are_in_the_audit_log) {
  put("api", R"({"command":["serve"]})");
  ask("PATCH", "/programs/api", R"({"startsecs":5})");

  auto items = value_of(ask("GET", "/audit?q=program")).at("items").as_array();

  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(items[0].at("action"), "program.patch");
  EXPECT_EQ(items[0].at("object"), "program/api");
  EXPECT_EQ(items[0].at("after").at("startsecs"), 5);
  EXPECT_FALSE(items[0].at("after").as_object().contains("command"));
}

}  // namespace
}  // namespace reeve::manager::api
