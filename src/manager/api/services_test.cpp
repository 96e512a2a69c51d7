#include "manager/api/testing/harness.hpp"
#include "manager/service_edit.hpp"
#include "model/service.hpp"

#include <random>

namespace reeve::manager::api {
namespace {

using model::Service;

class ServicesTest : public testing::ApiTest {};

TEST_F(ServicesTest, put_creates_then_replaces_and_counts_revisions) {
  auto created = put_service("pay", {"10.0.0.1"});
  auto replaced = put_service("pay", {"10.0.0.1", "10.0.0.2"});

  EXPECT_EQ(created.status, 201);
  EXPECT_EQ(created.headers.get("ETag"), "\"1\"");
  EXPECT_EQ(replaced.status, 200);
  auto service = as<Service>(ask("GET", "/services/pay"));
  EXPECT_EQ(service.revision, 2u);
  EXPECT_EQ(service.instances.size(), 2u);
}

TEST_F(ServicesTest, an_answer_sent_back_changes_nothing) {
  put_service("pay", {"10.0.0.1", "10.0.0.2"}, R"(,"description":"payments")");
  ask("PATCH", "/services/pay/instances/10.0.0.1:80", R"({"status":"offline"})");
  auto head = store->head();
  auto shown = ask("GET", "/services/pay");

  auto sent_back = ask("PUT", "/services/pay", std::string(shown.body.view()));

  EXPECT_EQ(sent_back.status, 200);
  EXPECT_EQ(sent_back.body.view(), shown.body.view());
  EXPECT_EQ(store->head(), head);
}

TEST_F(ServicesTest, names_are_the_same_in_any_case_and_kept_as_first_written) {
  put_service("Pay", {"10.0.0.1"});

  auto replaced = put_service("PAY", {"10.0.0.2"});

  EXPECT_EQ(replaced.status, 200);
  EXPECT_EQ(as<Service>(ask("GET", "/services/pay")).name, "Pay");
}

TEST_F(ServicesTest, if_match_refuses_what_is_stale_bare_or_quoted) {
  put_service("pay", {"10.0.0.1"});
  put_service("pay", {"10.0.0.2"});
  auto put = [&](const char* tag) {
    return ask("PUT", "/services/pay", R"({"description":"x"})", {{"If-Match", tag}}).status;
  };

  EXPECT_EQ(put("1"), 412);
  EXPECT_EQ(put("\"1\""), 412);
  EXPECT_EQ(put("three"), 400);
  EXPECT_EQ(put("\"1\", \"3\""), 412);
  EXPECT_EQ(ask("PUT", "/services/other", "{}", {{"If-Match", "*"}}).status, 412);
  EXPECT_EQ(ask("PUT", "/services/pay", "{}", {{"If-None-Match", "*"}}).status, 412);
  EXPECT_EQ(ask("PATCH", "/services/pay", R"({"description":"y"})", {{"If-Match", "\"2\""}}).status,
            200);
  EXPECT_EQ(ask("DELETE", "/services/pay", "", {{"If-Match", "2"}}).status, 412);
  EXPECT_EQ(ask("DELETE", "/services/pay", "", {{"If-Match", "3"}}).status, 204);
}

TEST_F(ServicesTest, every_fault_is_told_with_its_place) {
  auto refused = ask("PUT", "/services/pay",
                     R"({"instances":[{"ip":"web1.example","port":0,"weight":101},
                        {"ip":"10.0.0.1","port":70000},{"ip":"10.0.0.1","port":80,"colour":"red"}]})");

  EXPECT_EQ(refused.status, 400);
  std::vector<std::string> fields;
  auto value = value_of(refused);
  for (const auto& fault : value.at("error").at("faults").as_array())
    fields.emplace_back(fault.at("field").as_string());
  for (auto expected : {"/instances/0/ip", "/instances/0/port", "/instances/0/weight",
                        "/instances/1/port", "/instances/2/colour"})
    EXPECT_NE(std::ranges::find(fields, expected), fields.end()) << expected;
  EXPECT_EQ(ask("GET", "/services/pay").status, 404);
}

TEST_F(ServicesTest, duplicate_instances_are_refused_however_they_are_spelled) {
  auto refused = put_service("pay", {"2001:db8::1", "2001:DB8:0::1"});

  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(error_field(refused), "/instances/1");
}

TEST_F(ServicesTest, bad_names_are_refused) {
  for (auto name : {"a%2Fb", "a%20b", "-a", "%00"})
    EXPECT_EQ(ask("PUT", std::string("/services/") + name, "{}").status, 400) << name;
  EXPECT_EQ(ask("PUT", "/services/" + std::string(64, 'a'), "{}").status, 400);
  EXPECT_EQ(ask("PUT", "/services/pay", R"({"name":"other"})").status, 400);
  EXPECT_EQ(ask("PUT", "/services/pay/", "{}").status, 404);
}

TEST_F(ServicesTest, bodies_are_json_or_yaml) {
  auto yaml =
      ask("PUT", "/services/pay", "description: no\ninstances:\n  - {ip: 10.0.0.1, port: 80}\n",
          {{"Content-Type", "application/yaml"}});
  auto text = ask("PUT", "/services/pay", "hello", {{"Content-Type", "text/plain"}});
  auto form =
      ask("PUT", "/services/pay", "{}", {{"Content-Type", "application/x-www-form-urlencoded"}});
  auto broken = ask("PUT", "/services/pay", R"({"instances":)");

  EXPECT_EQ(yaml.status, 201);
  EXPECT_EQ(as<Service>(yaml).description, "no");
  EXPECT_EQ(text.status, 415);
  EXPECT_EQ(form.status, 415);
  EXPECT_NE(form.body.view().find("-H 'Content-Type: application/json'"), std::string_view::npos);
  EXPECT_EQ(broken.status, 400);
}

TEST_F(ServicesTest, unknown_parameters_are_faults) {
  auto refused = ask("GET", "/services?limt=3&limit=0");

  EXPECT_EQ(refused.status, 400);
  auto value = value_of(refused);
  EXPECT_EQ(value.at("error").at("faults").as_array().size(), 2u);
  EXPECT_EQ(error_field(refused), "?limit");
}

TEST_F(ServicesTest, lists_are_searched_and_paged) {
  for (int i = 0; i < 7; ++i)
    ask("PUT", fmt::format("/services/web-{}", i), R"({"description":"The Front"})");
  put_service("pay", {});

  auto first = value_of(ask("GET", "/services?q=FRONT+web&limit=4"));
  auto cursor = std::string(first.at("next").as_string());
  auto second = value_of(ask("GET", "/services?q=front&limit=4&cursor=" + cursor));

  EXPECT_EQ(first.at("items").as_array().size(), 4u);
  EXPECT_EQ(second.at("items").as_array().size(), 3u);
  EXPECT_EQ(second.at("items").at(0).at("name"), "web-4");
  EXPECT_TRUE(second.at("next").is_null());
  EXPECT_EQ(ask("GET", "/services?cursor=zz").status, 400);
}

TEST_F(ServicesTest, patch_merges_and_leaves_the_rest) {
  put_service("pay", {"10.0.0.1", "10.0.0.2"}, R"(,"description":"old")");
  ask("PATCH", "/services/pay/instances/10.0.0.1:80", R"({"status":"offline"})");

  auto patched = as<Service>(ask("PATCH", "/services/pay", R"({"description":"new"})"));

  EXPECT_EQ(patched.description, "new");
  EXPECT_EQ(patched.instances.size(), 2u);
  EXPECT_EQ(patched.instances[0].status, model::Status::offline);
  EXPECT_EQ(ask("PATCH", "/services/pay", R"({"descriptoin":"x"})").status, 400);
  EXPECT_EQ(ask("PATCH", "/services/other", "{}").status, 404);
  EXPECT_EQ(ask("PATCH", "/services/pay", "[]").status, 400);
}

TEST_F(ServicesTest, an_edit_that_leaves_no_eligible_instance_stores_nothing) {
  put_service("pay", {"10.0.0.1"});
  auto head = store->head();

  auto refused = put_service("pay", {});
  auto zero = ask("PATCH", "/services/pay/instances/10.0.0.1:80", R"({"weight":0})");
  auto off = ask("PATCH", "/services/pay/instances/10.0.0.1:80", R"({"status":"offline"})");
  auto gone = ask("DELETE", "/services/pay/instances/10.0.0.1:80");

  for (const auto& answer : {refused, zero, off, gone}) {
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(error_code(answer), "would_be_empty");
  }
  EXPECT_EQ(store->head(), head);
  EXPECT_EQ(ask("PATCH", "/services/pay", R"({"description":"x"})").status, 200);
  EXPECT_EQ(put_service("pay", {}, R"(,"force":true)").status, 200);
}

TEST_F(ServicesTest, a_service_that_never_had_an_eligible_instance_may_be_empty) {
  EXPECT_EQ(put_service("pay", {}).status, 201);
  EXPECT_EQ(ask("PUT", "/services/pay", R"({"instances":[{"ip":"10.0.0.1","port":80,"weight":0}]})")
                .status,
            200);
  EXPECT_EQ(put_service("pay", {}).status, 200);
}

TEST_F(ServicesTest, instances_of_programs_stay_when_the_operator_replaces_his) {
  put_service("pay", {"10.0.0.1"});
  auto uid = as<Service>(ask("GET", "/services/pay")).uid;
  model::StoredContent content =
      (*catalog->snapshot()->services.find("pay"))->content_part()->value;
  content.instances.push_back(content.instances.front());
  content.instances.back().ip = IpAddress::parse("10.9.9.9").value();
  content.instances.back().source = model::Source::program;
  auto head = (*catalog->snapshot()->services.find("pay"))->head();
  head.revision = 2;
  commit({{store::keys::service("pay"), store::bytes(json::encode_text(head))},
          {store::keys::content(uid, 2), store::bytes(json::encode_text(content))}});

  auto replaced = as<Service>(put_service("pay", {"10.0.0.2"}));

  ASSERT_EQ(replaced.instances.size(), 2u);
  EXPECT_EQ(replaced.instances[0].id(), "10.0.0.2:80");
  EXPECT_EQ(replaced.instances[1].id(), "10.9.9.9:80");
}

TEST_F(ServicesTest, delete_of_what_is_used_names_the_users_unless_cascading) {
  add_node("web-1");
  put_service("pay", {"10.0.0.1"}, R"(,"subscriptions":[{"nodes":["web-1"]}])");

  auto refused = ask("DELETE", "/services/pay");
  auto preview = ask("DELETE", "/services/pay?dry_run=true");
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(error_code(refused), "in_use");
  EXPECT_NE(refused.body.view().find("web-1"), std::string_view::npos);
  EXPECT_EQ(as<DeletePreview>(preview).used_by, std::vector<std::string>{"web-1"});
  EXPECT_EQ(ask("GET", "/services/pay").status, 200);

  EXPECT_EQ(ask("DELETE", "/services/pay?cascade=true").status, 204);
  EXPECT_EQ(ask("GET", "/services/pay").status, 404);
  EXPECT_EQ(ask("DELETE", "/services/pay").status, 404);
}

TEST_F(ServicesTest, made_again_it_is_another_object) {
  auto first = as<Service>(put_service("pay", {"10.0.0.1"}));
  ask("DELETE", "/services/pay");

  auto second = as<Service>(put_service("pay", {"10.0.0.1"}));

  EXPECT_NE(first.uid, second.uid);
  EXPECT_EQ(second.revision, 1u);
}

TEST_F(ServicesTest, as_many_instances_with_as_many_labels_as_a_body_may_hold_fit) {
  std::string body = R"({"instances":[)";
  for (int i = 0; i < 5000; ++i)
    body += fmt::format(R"({}{{"ip":"10.0.{}.{}","port":80,"labels":{{"zone":"north-{}",)"
                        R"("rack":"r{:04}","owner":"team payments","version":"2026.{}"}},)"
                        R"("status":"offline"}})",
                        i == 0 ? "" : ",", i / 250, i % 250, i % 3, i % 97, i % 11);
  body += "]}";
  ASSERT_GT(body.size(), store::Limits::value);

  auto made = ask("PUT", "/services/pay", body);

  EXPECT_EQ(made.status, 201) << made.body.view().substr(0, 300);
  EXPECT_EQ(as<Service>(ask("GET", "/services/pay")).instances.size(), 5000u);
}

TEST_F(ServicesTest, many_writers_of_one_service_all_come_through) {
  put_service("pay", {"10.0.0.1"});
  store->delay_commits(std::chrono::milliseconds(1));
  std::vector<async::testing::Outcome<net::Response>> outcomes;
  for (int i = 0; i < 64; ++i)
    outcomes.push_back(loop.start(
        api->handle(make("PUT", fmt::format("/api/v1/services/pay/instances/10.0.1.{}:80", i), "{}",
                         tokens[model::Role::operator_], {}))));

  loop.advance(std::chrono::seconds(1));

  for (auto& outcome : outcomes) {
    ASSERT_TRUE(outcome.is_done());
    EXPECT_EQ(outcome.value().status, 201);
  }
  EXPECT_EQ(as<Service>(ask("GET", "/services/pay")).instances.size(), 65u);
}

TEST_F(ServicesTest, a_failed_write_is_said_and_changes_nothing) {
  store->fail_next_commit({Errc::storage_full, "no space left on device", "", {}});

  auto refused = put_service("pay", {"10.0.0.1"});

  EXPECT_EQ(refused.status, 507);
  EXPECT_EQ(ask("GET", "/services/pay").status, 404);
}

TEST_F(ServicesTest, what_the_store_cannot_hold_is_too_large) {
  // Chance cannot be compressed.
  std::mt19937 random(1);
  std::string instances;
  for (int i = 0; i < 4000; ++i) {
    std::string note;
    for (int j = 0; j < 250; ++j) note += static_cast<char>('0' + random() % 43);
    instances += fmt::format(R"({}{{"ip":"10.0.{}.{}","port":80,"labels":{{"note":"{}"}}}})",
                             i ? "," : "", i / 250, i % 250, note);
  }

  auto refused = ask("PUT", "/services/big", fmt::format(R"({{"instances":[{}]}})", instances));

  EXPECT_EQ(refused.status, 413);
  EXPECT_EQ(error_field(refused), "/instances");
}

TEST_F(ServicesTest, somebody_else_s_commit_in_between_is_looked_at_again) {
  put_service("pay", {"10.0.0.1"});
  store->fail_next_commit({Errc::conflict, "another manager was first", "", {}});

  EXPECT_EQ(put_service("pay", {"10.0.0.2"}).status, 200);
}

TEST_F(ServicesTest, an_edit_counts_only_on_the_live_state_it_was_decided_on) {
  put_service("pay", {"10.0.0.1", "10.0.0.2"});
  auto before = *catalog->snapshot()->services.find("pay");
  auto wanted = parts_of(*before);
  wanted.content.instances.pop_back();
  auto edit = plan_service(before.get(), std::move(wanted), {"service.put", {}, false, "test"});
  ask("PATCH", "/services/pay/instances/10.0.0.1:80", R"({"status":"offline"})");

  auto committed = loop.start(editor->commit({}, std::move(*edit.value())));
  loop.settle();

  EXPECT_EQ(committed.value().error().code, Errc::conflict) << "it would leave nobody online";
}

}  // namespace
}  // namespace reeve::manager::api
