// Nodes, tokens, join tokens and the audit log.
#include "link/join_token.hpp"
#include "manager/api/testing/harness.hpp"
#include "manager/audit_pruner.hpp"
#include "model/service.hpp"

namespace reeve::manager::api {
namespace {

class AccessTest : public testing::ApiTest {
 protected:
  net::Response ask_as(const std::string& token, std::string_view method, std::string path) {
    return send(make(method, "/api/v1" + std::move(path), "", token, {}));
  }
};

TEST_F(AccessTest, who_has_no_good_token_is_told_why) {
  auto expiring = add_token(model::Role::viewer, std::chrono::hours(1));

  EXPECT_EQ(ask_as("", "GET", "/whoami").status, 401);
  EXPECT_EQ(ask_as("reeve_wrong", "GET", "/whoami").status, 401);
  EXPECT_EQ(ask_as(expiring, "GET", "/whoami").status, 200);
  loop.advance(std::chrono::hours(2));
  auto expired = ask_as(expiring, "GET", "/whoami");
  EXPECT_EQ(expired.status, 401);
  EXPECT_EQ(expired.headers.get("WWW-Authenticate"), "Bearer");
  EXPECT_NE(expired.body.view().find("expired"), std::string_view::npos);
}

TEST_F(AccessTest, refused_attempts_are_audited_at_a_bounded_rate) {
  for (int i = 0; i < 50; ++i) ask_as("reeve_wrong", "GET", "/services");
  loop.settle();

  auto entries = value_of(ask("GET", "/audit?limit=1000"));

  auto count = entries.at("items").as_array().size();
  EXPECT_GE(count, 1u);
  EXPECT_LE(count, 10u);
  EXPECT_TRUE(entries.at("items").at(0).at("refused").as_bool());
}

TEST_F(AccessTest, a_new_token_is_shown_once_and_can_be_revoked) {
  auto made = ask("POST", "/tokens", R"({"name":"ci","role":"operator","lifetime":"1h"})");
  auto secret = as<model::TokenSecret>(made);

  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(ask_as(secret.token, "GET", "/whoami").status, 200);
  EXPECT_EQ(ask("GET", "/tokens").body.view().find(secret.token), std::string_view::npos);
  EXPECT_EQ(ask("GET", "/audit").body.view().find(secret.token), std::string_view::npos);
  EXPECT_EQ(ask("POST", "/tokens", R"({"name":"CI"})").status, 409);

  EXPECT_EQ(ask("DELETE", "/tokens/ci").status, 204);
  EXPECT_EQ(ask_as(secret.token, "GET", "/whoami").status, 401);
}

TEST_F(AccessTest, a_lifetime_that_no_time_can_say_is_refused_and_not_for_ever) {
  for (const char* path : {"/tokens", "/join-tokens"}) {
    auto refused = ask("POST", path, R"({"name":"ci","lifetime":"2400000h"})");

    EXPECT_EQ(refused.status, 400) << path;
  }
  EXPECT_EQ(as<model::TokenSecret>(ask("POST", "/tokens", R"({"name":"ci"})")).expires,
            std::nullopt);
}

TEST_F(AccessTest, the_last_administrator_stays) {
  EXPECT_EQ(ask("DELETE", "/tokens/administrator-token").status, 409);
  ask("POST", "/tokens", R"({"name":"second","role":"administrator"})");
  EXPECT_EQ(ask("DELETE", "/tokens/administrator-token").status, 204);
}

TEST_F(AccessTest, join_tokens_carry_the_ca_and_are_kept_as_digests) {
  auto made = ask("POST", "/join-tokens", R"({"uses":3,"labels":{"role":"web"}})");
  auto secret = as<model::JoinTokenSecret>(made);

  EXPECT_EQ(made.status, 201);
  auto parts = link::parse_join_token(secret.token);
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->ca_fingerprint, std::string(64, 'a'));
  EXPECT_NE(catalog->snapshot()->join_tokens_by_hash.find(link::join_token_hash(parts->secret)),
            nullptr);
  EXPECT_EQ(secret.uses, 3u);
  EXPECT_EQ(value_of(ask("GET", "/join-tokens")).at("items").as_array().size(), 1u);
  EXPECT_EQ(ask("DELETE", "/join-tokens/" + secret.uid).status, 204);
  EXPECT_EQ(ask("DELETE", "/join-tokens/" + secret.uid).status, 404);
}

TEST_F(AccessTest, nodes_show_what_was_decided_and_what_is_seen) {
  add_node("web-1", {{"role", "web"}});
  fleet->connected("uid-web-1", "10.1.1.1", "0.1.0", loop.clock().wall());

  auto node = as<model::Node>(ask("GET", "/nodes/WEB-1"));

  EXPECT_EQ(node.state, model::NodeState::up);
  EXPECT_EQ(node.address, "10.1.1.1");
  EXPECT_EQ(value_of(ask("GET", "/nodes?q=role=web")).at("items").as_array().size(), 1u);
  EXPECT_EQ(ask("GET", "/nodes/web-2").status, 404);
}

TEST_F(AccessTest, labels_are_merged_and_guarded_by_the_revision) {
  add_node("web-1", {{"role", "web"}, {"zone", "a"}});

  auto patched = ask("PATCH", "/nodes/web-1", R"({"labels":{"zone":null,"rack":"7"}})");
  auto stale = ask("PATCH", "/nodes/web-1", R"({"labels":{}})", {{"If-Match", "1"}});
  auto bad = ask("PATCH", "/nodes/web-1", R"({"labels":{"a b":"1"},"name":"x"})");

  auto node = as<model::Node>(patched);
  EXPECT_EQ(node.labels, (std::map<std::string, std::string>{{"rack", "7"}, {"role", "web"}}));
  EXPECT_EQ(node.revision, 2u);
  EXPECT_EQ(stale.status, 412);
  EXPECT_EQ(bad.status, 400);
}

TEST_F(AccessTest, a_node_that_services_name_leaves_only_with_them) {
  add_node("web-1");
  put_service("pay", {"10.0.0.1"}, R"(,"subscriptions":[{"nodes":["web-1","web-2"]}])");

  EXPECT_EQ(ask("DELETE", "/nodes/web-1").status, 409);
  EXPECT_EQ(as<DeletePreview>(ask("DELETE", "/nodes/web-1?dry_run=true")).used_by,
            std::vector<std::string>{"pay"});
  EXPECT_EQ(ask("DELETE", "/nodes/web-1?cascade=true").status, 200);
  EXPECT_EQ(ask("GET", "/nodes/web-1").status, 404);
  auto service = as<model::Service>(ask("GET", "/services/pay"));
  EXPECT_EQ(service.subscriptions[0].nodes, std::vector<std::string>{"web-2"});
}

TEST_F(AccessTest, the_audit_log_shows_what_differs_newest_first) {
  put_service("pay", {"10.0.0.1", "10.0.0.2"}, R"(,"description":"old")");
  loop.advance(std::chrono::seconds(1));
  ask("PATCH", "/services/pay/instances/10.0.0.2:80", R"({"weight":5})");

  auto entries = value_of(ask("GET", "/audit?object=service/pay"));

  ASSERT_EQ(entries.at("items").as_array().size(), 2u);
  const auto& newest = entries.at("items").at(0);
  EXPECT_EQ(newest.at("action"), "instance.patch");
  EXPECT_EQ(newest.at("who"), "administrator-token");
  EXPECT_EQ(newest.at("request_id"), "r1");
  ASSERT_EQ(newest.at("after").at("instances").as_array().size(), 1u);
  EXPECT_EQ(newest.at("before").at("instances").at(0).at("weight"), 100);
  EXPECT_EQ(newest.at("after").at("instances").at(0).at("weight"), 5);
  EXPECT_FALSE(newest.at("after").as_object().contains("description"));
  EXPECT_FALSE(entries.at("items").at(1).as_object().contains("before"));
}

TEST_F(AccessTest, long_changes_are_cut_in_the_audit_log) {
  std::string instances;
  for (int i = 0; i < 2000; ++i)
    instances +=
        fmt::format(R"({}{{"ip":"10.0.{}.{}","port":80}})", i ? "," : "", i / 250, i % 250);
  ask("PUT", "/services/big", fmt::format(R"({{"instances":[{}]}})", instances));

  auto entry = value_of(ask("GET", "/audit?object=service/big")).at("items").at(0);

  EXPECT_TRUE(entry.at("after").at("truncated").as_bool());
  EXPECT_LE(json::serialize(entry.at("after")).size(), 32u * 1024);
}

TEST_F(AccessTest, the_audit_log_is_bounded) {
  AuditPruner small(loop, *store, *catalog, {10, 1 << 20});
  for (int i = 0; i < 200; ++i) {
    loop.advance(std::chrono::milliseconds(1));
    ask("PUT", "/services/pay", fmt::format(R"({{"description":"{}"}})", i));
  }

  EXPECT_LE(catalog->snapshot()->audit.size(), 80u);
  EXPECT_GE(catalog->snapshot()->audit.size(), 10u);
  auto newest = value_of(ask("GET", "/audit?limit=1"));
  EXPECT_EQ(newest.at("items").at(0).at("after").at("description"), "199");
  auto stopped = loop.start(small.stop(std::chrono::seconds(1)));
  loop.settle();
  auto ended = loop.start(catalog->stop());  // `small` listens no longer than it lives
  loop.settle();
}

TEST_F(AccessTest, long_words_are_cut_in_the_audit_log_and_weigh_there) {
  std::string why;
  for (int i = 0; i < 2000; ++i) why += "ö";
  AuditPruner small(loop, *store, *catalog, {1000, 32 * 1024});
  async::TaskGroup refusals(loop, "refusals");
  for (int i = 0; i < 200; ++i) {
    loop.advance(std::chrono::milliseconds(1));
    refusals.start(editor->record_refusal({}, "node.join", "node/" + why, why));
    loop.settle();
  }

  auto snapshot = catalog->snapshot();
  EXPECT_LE(snapshot->audit.size(), 80u);
  for (const auto& item : snapshot->audit) {
    EXPECT_LE(item.value->index.object.size(), 1024u);
    EXPECT_EQ(item.value->index.why.size(), 1024u);
  }
  auto stopped = loop.start(small.stop(std::chrono::seconds(1)));
  loop.settle();
  auto ended = loop.start(catalog->stop());  // `small` listens no longer than it lives
  loop.settle();
}

TEST_F(AccessTest, what_went_from_the_audit_log_weighs_there_no_more) {
  constexpr std::size_t kBound = 256 * 1024;
  AuditPruner small(loop, *store, *catalog, {1000, kBound});
  auto weight = [&] {
    std::size_t sum = 0;
    for (const auto& item : catalog->snapshot()->audit) sum += store::footprint(*item.value);
    return sum;
  };
  for (int i = 0; i < 600; ++i) {
    model::AuditEntry entry;
    entry.uid = fmt::format("f{:031}", i);
    entry.why = std::string(1000, 'x');
    commit({{store::keys::audit(entry.uid), store::bytes(json::encode_text(entry))}});
    loop.settle();
  }

  EXPECT_LE(weight(), kBound);
  EXPECT_GE(weight(), kBound / 2);
  auto stopped = loop.start(small.stop(std::chrono::seconds(1)));
  loop.settle();
  auto ended = loop.start(catalog->stop());  // `small` listens no longer than it lives
  loop.settle();
}

TEST_F(AccessTest, refusals_drive_nothing_else_out_of_the_audit_log) {
  AuditPruner small(loop, *store, *catalog, {1000, 1 << 20, 10});
  ask("PUT", "/services/pay", "{}");
  for (int i = 0; i < 200; ++i) {
    model::AuditEntry entry;
    entry.uid = fmt::format("f{:031}", i);
    entry.refused = true;
    commit({{store::keys::audit(entry.uid), store::bytes(json::encode_text(entry))}});
    loop.settle();
  }

  EXPECT_LE(catalog->snapshot()->audit.size(), 80u);
  EXPECT_GE(catalog->snapshot()->audit.size(), 10u);
  EXPECT_EQ(value_of(ask("GET", "/audit?object=service/pay")).at("items").as_array().size(), 1u);
  auto stopped = loop.start(small.stop(std::chrono::seconds(1)));
  loop.settle();
  auto ended = loop.start(catalog->stop());  // `small` listens no longer than it lives
  loop.settle();
}

TEST_F(AccessTest, status_and_whoami_say_what_is_there) {
  add_node("web-1");
  put_service("pay", {"10.0.0.1", "10.0.0.2"}, R"(,"subscriptions":[{"nodes":["web-1"]}])");
  loop.advance(std::chrono::seconds(90));

  auto status = as<Status>(ask("GET", "/status"));

  EXPECT_EQ(status.cluster.id, "c1");
  EXPECT_EQ(status.services, 1u);
  EXPECT_EQ(status.instances, 2u);
  EXPECT_EQ(status.nodes.never_seen, 1u);
  EXPECT_EQ(status.subscribers.down, 1u);
  EXPECT_EQ(status.uptime, std::chrono::seconds(90));
  EXPECT_EQ(as<WhoAmI>(ask("GET", "/whoami")).role, model::Role::administrator);
}

}  // namespace
}  // namespace reeve::manager::api
