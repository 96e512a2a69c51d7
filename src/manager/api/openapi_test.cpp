// The committed description is the code's, and real answers are what it says.
#include "manager/api/openapi.hpp"

#include "manager/api/testing/harness.hpp"
#include "manager/api/testing/schema_check.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace reeve::manager::api {
namespace {

using testing::SchemaCheck;

// The tree that this program was built in, or is started in, is above it.
std::optional<std::string> committed_document() {
  namespace fs = std::filesystem;
  for (auto folder : {fs::canonical("/proc/self/exe").parent_path(), fs::current_path()}) {
    for (; folder.has_relative_path(); folder = folder.parent_path()) {
      std::ifstream file(folder / "api" / "openapi.json");
      if (file) return std::string(std::istreambuf_iterator<char>(file), {});
    }
  }
  return std::nullopt;
}

TEST(OpenApi, the_committed_file_is_what_the_code_says) {
  auto committed = committed_document();

  ASSERT_TRUE(committed) << "no api/openapi.json above this program";
  EXPECT_EQ(*committed, openapi_document()) << "run: reeve openapi > api/openapi.json";
}

class OpenApiTest : public testing::ApiTest {
 protected:
  OpenApiTest() {
    add_node("web-1", {{"role", "web"}});
    put_service("pay", {"10.0.0.1", "2001:db8::1"}, R"(,"subscriptions":[{"nodes":["web-1"]}])");
    ask("PATCH", "/services/pay/instances/10.0.0.1:80", R"({"status":"offline"})");
    model::Notice notice;
    notice.uid = "n1";
    commit({{store::keys::notice("n1"), store::bytes(json::encode_text(notice))}});
    operation = as<OperationAnswer>(ask("POST", "/services/pay/push")).operation.uid;
    ask("PUT", "/programs/api",
        R"({"command":["serve"],"autorestart":true,"stderr_logfile_maxbytes":1000,
            "placement":{"nodes":["web-1"]}})");
    ask("POST", "/join-tokens", "{}");
    connect("web-1");
    answering_node = "uid-web-1";
    agent_answer = R"({"node":"web-1","version":"0.1.0","manager":{"address":"m:7701"}})";
  }

  json::Value schema_of(std::string_view method, std::string_view path, std::string_view status) {
    return document.at("paths")
        .at(path)
        .at(method)
        .at("responses")
        .at(status)
        .at("content")
        .at("application/json")
        .at("schema");
  }
  std::string faults_of(const net::Response& response, const json::Value& schema) {
    return SchemaCheck(document).faults(value_of(response), schema);
  }
  std::string real(std::string path) const {
    for (const auto& [name, value] : {std::pair<std::string, std::string>{"{service}", "pay"},
                                      {"{instance}", "10.0.0.1:80"},
                                      {"{node}", "web-1"},
                                      {"{program}", "api"},
                                      {"{revision}", "1"},
                                      {"{operation}", operation}})
      if (auto at = path.find(name); at != path.npos) path.replace(at, name.size(), value);
    return path;
  }

  json::Value document = json::parse(openapi_document()).value();
  std::string operation;
};

TEST_F(OpenApiTest, every_get_answers_what_the_description_says) {
  for (const auto& route : routes()) {
    bool is_json_get = route.pattern.starts_with("GET ") && route.shape != Shape::events &&
                       route.shape != Shape::text;
    if (!is_json_get) continue;
    std::string path(route.pattern.substr(4));

    auto answer = send(make("GET", real(path), "", tokens[model::Role::administrator], {}));

    EXPECT_EQ(answer.status, 200) << path;
    EXPECT_EQ(faults_of(answer, schema_of("get", path, "200")), "") << path;
    if (route.shape != Shape::list) continue;
    auto value = value_of(answer);
    EXPECT_FALSE(value.at("items").as_array().empty()) << path;
  }
}

TEST_F(OpenApiTest, changes_answer_what_the_description_says) {
  auto put = ask("PUT", "/services/new", R"({"instances":[{"ip":"10.0.0.7","port":7}]})");
  auto token = ask("POST", "/tokens", R"({"name":"ci"})");
  auto push = ask("POST", "/services/new/push");
  auto preview = ask("DELETE", "/services/pay?dry_run=true");
  auto error = ask("PUT", "/services/new", R"({"instances":[{"ip":"x","port":70000}]})");

  EXPECT_EQ(faults_of(put, schema_of("put", "/api/v1/services/{service}", "201")), "");
  EXPECT_EQ(faults_of(token, schema_of("post", "/api/v1/tokens", "201")), "");
  EXPECT_EQ(faults_of(push, schema_of("post", "/api/v1/services/{service}/push", "202")), "");
  EXPECT_EQ(faults_of(preview, schema_of("delete", "/api/v1/services/{service}", "200")), "");
  EXPECT_EQ(faults_of(error, schema_of("put", "/api/v1/services/{service}", "default")), "");
}

TEST_F(OpenApiTest, the_check_itself_finds_faults) {
  auto schema = schema_of("get", "/healthz", "200");

  EXPECT_NE(SchemaCheck(document).faults(json::Object{{"status", 7}}, schema), "");
  EXPECT_NE(SchemaCheck(document).faults(json::Object{{"state", "ok"}}, schema), "");
  auto command =
      document.at("components").at("schemas").at("Program").at("properties").at("command");
  EXPECT_EQ(SchemaCheck(document).faults(json::Array{"serve"}, command), "");
  EXPECT_NE(SchemaCheck(document).faults(7, command), "");
}

}  // namespace
}  // namespace reeve::manager::api
