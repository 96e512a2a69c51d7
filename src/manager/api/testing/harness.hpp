// The API over a store in memory, in virtual time: requests go straight to its handlers. For tests.
#pragma once

#include "async/testing/virtual_loop.hpp"
#include "json/codec.hpp"
#include "manager/api/api.hpp"
#include "manager/backups.hpp"
#include "manager/ca_rotation.hpp"
#include "manager/hold.hpp"
#include "manager/node_removals.hpp"
#include "manager/planner.hpp"
#include "manager/token_secret.hpp"
#include "model/service.hpp"
#include "store/catalog/keys.hpp"
#include "store/testing/memory_store.hpp"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>

namespace reeve::manager::api::testing {

class ApiTest : public ::testing::Test {
 protected:
  using HeaderList = std::initializer_list<net::Headers::Field>;

  ApiTest() {
    for (auto role : {model::Role::viewer, model::Role::operator_, model::Role::administrator})
      add_token(role);
    model::Cluster document;
    document.id = "c1";
    commit({{std::string(store::keys::kCluster), store::bytes(json::encode_text(document))}});
    start();
  }
  ~ApiTest() override { stop(); }

  void start() {
    catalog.emplace(loop, *store);
    planner.emplace(*catalog);
    auto started = loop.start(catalog->start());
    loop.settle();
    EXPECT_TRUE(started.value());
    fleet.emplace();
    editor.emplace(loop.clock(), *store, *catalog);
    cluster.ca_fingerprint = std::string(64, 'a');
    ca.emplace(CaRotationParts{loop.clock(), pool, files, "", cluster, *catalog, *editor});
    notices.emplace(loop, *store);
    hold.emplace(loop, *store, *catalog, *editor, *notices);
    auto held = loop.start(hold->start());
    loop.settle();
    EXPECT_TRUE(held.value());
    backups.emplace(BackupParts{pool, loop.clock(), cluster, *catalog, *editor, "", {}});
    removals.emplace(
        RemovalParts{loop, *catalog, *fleet, *planner, *hold, *editor,
                     [this](const std::string& node) { return settled_nodes.contains(node); }});
    api.emplace(ApiParts{loop, loop.clock(), *store, *catalog, *fleet, *editor, *ca, *planner,
                         *hold, *backups,
                         [this](std::string node, AgentAsk ask) {
                           return answer_as_agent(std::move(node), std::move(ask));
                         },
                         [](const std::string& node, const AgentAsk&) -> Result<AgentCallPtr> {
                           return fail(Errc::unavailable, "node {} is not connected", node);
                         },
                         *removals});
    api->start();
    loop.settle();
  }

  void stop() {
    api->end_streams();
    auto stopped = loop.start(api->stop(std::chrono::seconds(5)));
    loop.settle();
    EXPECT_TRUE(stopped.is_done() && stopped.value());
    auto ended = loop.start(catalog->stop());
    loop.settle();
    EXPECT_TRUE(ended.is_done());
    auto told = loop.start(removals->stop(std::chrono::seconds(5)));
    loop.settle();
    EXPECT_TRUE(told.is_done());
    api.reset();
    removals.reset();
    backups.reset();
    hold.reset();
    notices.reset();
    ca.reset();
    editor.reset();
    fleet.reset();
    planner.reset();
    catalog.reset();
  }

  /// As after a restart of the manager: the store is what is left.
  void restart() {
    stop();
    start();
  }

  std::string add_token(model::Role role, std::optional<Duration> lifetime = std::nullopt) {
    model::TokenRequest asked;
    asked.name = fmt::format("{}-token", json::enum_name(role));
    asked.role = role;
    asked.lifetime = lifetime;
    auto made = make_token(asked, "test", loop.clock().wall());
    commit({write_of(made)});
    return tokens[role] = made.secret;
  }

  void add_node(const std::string& name, std::map<std::string, std::string> labels = {}) {
    model::StoredNode node;
    node.uid = "uid-" + name;
    node.name = name;
    node.labels = std::move(labels);
    node.revision = 1;
    commit({{store::keys::node(name), store::bytes(json::encode_text(node))}});
  }

  void connect(const std::string& node) {
    fleet->connected("uid-" + node, "127.0.0.1", "0.1.0", loop.clock().wall());
  }

  /// The agent's word about the list of service "pay".
  void say(const std::string& node, std::optional<model::ListMark> applied,
           std::optional<std::string> error = std::nullopt,
           std::optional<std::uint64_t> outputs_mark = std::nullopt) {
    link::ListWord word;
    word.service = as<model::Service>(ask("GET", "/services/pay")).uid;
    word.applied = applied;
    word.outputs_mark = outputs_mark;
    word.error = std::move(error);
    fleet->reported(fleet->place("uid-" + node), {word});
  }

  void commit(std::vector<store::Write> writes) {
    auto committed = loop.start(store->commit({{}, std::move(writes)}));
    loop.settle();
    ASSERT_TRUE(committed.value());
  }

  net::Request make(std::string_view method, std::string target, std::string body,
                    const std::string& token, HeaderList headers) {
    net::Request request;
    request.method = net::parse_method(method);
    request.target = std::move(target);
    request.body = std::move(body);
    request.request_id = "r1";
    if (!token.empty()) request.headers.add("Authorization", "Bearer " + token);
    for (const auto& [name, value] : headers) request.headers.add(name, value);
    return request;
  }

  /// As the server does it. An answer that is not there yet is a failure of the test.
  net::Response send(net::Request request) {
    if (auto now = api->try_now(request)) return std::move(*now);
    auto outcome = loop.start(api->handle(std::move(request)));
    loop.settle();
    // What is on the pool comes back by itself.
    for (int i = 0; i < 100'000 && !outcome.is_done(); ++i) {
      std::this_thread::yield();
      loop.settle();
    }
    if (outcome.is_done()) return std::move(outcome.value());
    ADD_FAILURE() << "no answer";
    return {};
  }

  /// With the administrator's token; `path` begins after /api/v1.
  net::Response ask(std::string_view method, std::string path, std::string body = {},
                    HeaderList headers = {}) {
    return send(make(method, "/api/v1" + std::move(path), std::move(body),
                     tokens[model::Role::administrator], headers));
  }

  static json::Value value_of(const net::Response& response) {
    auto parsed = json::parse(response.body.view());
    EXPECT_TRUE(parsed) << response.body.view();
    return parsed ? std::move(*parsed) : json::Value();
  }
  template <class T>
  static T as(const net::Response& response) {
    auto decoded = json::decode_text<T>(response.body.view(), json::Mode::lenient);
    EXPECT_TRUE(decoded) << response.body.view();
    return decoded ? std::move(*decoded) : T{};
  }
  static std::string error_code(const net::Response& response) {
    auto value = value_of(response);
    return std::string(value.at("error").at("code").as_string());
  }
  static std::string error_field(const net::Response& response) {
    auto value = value_of(response);
    const auto& field = value.at("error").at("field");
    return field.is_null() ? "" : std::string(field.as_string());
  }

  /// A service with an instance for each address.
  net::Response put_service(const std::string& name, std::initializer_list<const char*> addresses,
                            const std::string& more = "") {
    std::string instances;
    for (const char* ip : addresses)
      instances += fmt::format(R"({}{{"ip":"{}","port":80}})", instances.empty() ? "" : ",", ip);
    return ask("PUT", "/services/" + name,
               fmt::format(R"({{"instances":[{}]{}}})", instances, more));
  }

  Task<Result<std::string>> answer_as_agent(std::string node, AgentAsk ask) {
    if (node != answering_node) co_return fail(Errc::unavailable, "node {} is not connected", node);
    asked_method = ask.method;
    co_return agent_answer;
  }

  std::set<std::string> settled_nodes;       // uids, of those whose agents have what they shall
  std::string answering_node, agent_answer;  // what the agent of that node says to calls
  std::string asked_method;
  async::testing::VirtualLoop loop;
  std::unique_ptr<store::testing::MemoryStore> store =
      std::make_unique<store::testing::MemoryStore>(loop);
  std::optional<store::Catalog> catalog;
  std::optional<Fleet> fleet;
  std::optional<Editor> editor;
  async::BlockingPool pool{1};
  sys::RealFiles files;
  ClusterIdentity cluster;
  std::optional<CaRotation> ca;
  std::optional<Planner> planner;
  std::optional<Notices> notices;
  std::optional<Hold> hold;
  std::optional<Backups> backups;
  std::optional<NodeRemovals> removals;
  std::optional<Api> api;
  std::map<model::Role, std::string> tokens;
};

}  // namespace reeve::manager::api::testing
