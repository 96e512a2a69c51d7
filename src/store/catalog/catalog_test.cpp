#include "store/catalog/catalog.hpp"

#include "async/testing/virtual_loop.hpp"
#include "store/catalog/keys.hpp"
#include "store/catalog/packed.hpp"
#include "store/catalog/subscribers.hpp"
#include "store/testing/memory_store.hpp"
#include "store/testing/strict_store.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace reeve::store {
namespace {

using namespace std::chrono_literals;

model::InstanceSpec instance(const char* ip, std::uint16_t port, int weight = 100) {
  model::InstanceSpec spec;
  spec.ip = IpAddress::parse(ip).value();
  spec.port = port;
  spec.weight = weight;
  return spec;
}

std::vector<Write> service_writes(const std::string& name, const std::string& uid,
                                  std::uint64_t revision,
                                  std::vector<model::InstanceSpec> instances) {
  model::StoredService head;
  head.uid = uid;
  head.name = name;
  head.revision = revision;
  return {{keys::service(name), bytes(json::encode_text(head))},
          {keys::content(uid, revision),
           bytes(json::encode_text(model::StoredContent{std::move(instances), {}}))}};
}

Write hold(const std::string& uid, const std::string& instance_id) {
  model::StoredLive live;
  live.held.push_back({instance_id, {model::Hold{}}});
  return {keys::live(uid), bytes(json::encode_text(live))};
}

// By the parameter: 0 is a quiet store, the others are seeds of a strict one.
class CatalogTest : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  std::unique_ptr<Store> make_store() {
    auto quiet = std::make_unique<testing::MemoryStore>(loop);
    memory = quiet.get();
    if (GetParam() == 0) return quiet;
    return std::make_unique<testing::StrictStore>(loop, std::move(quiet),
                                                  testing::Strictness{.seed = GetParam()});
  }
  Revision commit(std::vector<Write> writes) {
    auto outcome = loop.start(store->commit({{}, std::move(writes)}));
    loop.settle();
    return outcome.value().value();
  }
  void start() {
    auto outcome = loop.start(catalog.start());
    loop.settle();
    ASSERT_TRUE(outcome.value()) << outcome.value().error().what;
  }
  std::shared_ptr<const ServiceEntry> service(const std::string& name) {
    snapshot = catalog.snapshot();
    const auto* found = snapshot->services.find(name);
    return found ? *found : nullptr;
  }

  async::testing::VirtualLoop loop;
  testing::MemoryStore* memory = nullptr;
  std::unique_ptr<Store> store = make_store();
  Catalog catalog{loop, *store};
  SnapshotPtr snapshot;
};
INSTANTIATE_TEST_SUITE_P(Stores, CatalogTest, ::testing::Values(0, 1, 2, 3));

TEST_P(CatalogTest, shows_what_was_there_and_what_comes) {
  commit(service_writes("pay", "u1", 1, {instance("10.0.0.1", 80)}));
  start();
  ASSERT_TRUE(service("pay"));
  EXPECT_EQ(service("pay")->instances().size(), 1u);

  auto head =
      commit(service_writes("pay", "u1", 2, {instance("10.0.0.1", 80), instance("10.0.0.2", 80)}));
  commit(service_writes("ship", "u2", 1, {}));

  EXPECT_EQ(service("pay")->instances().size(), 2u);
  EXPECT_EQ(service("pay")->version(), head);
  EXPECT_TRUE(service("ship"));
  EXPECT_FALSE(service("other"));
}

TEST_P(CatalogTest, shows_programs_and_says_which_an_edit_touched) {
  std::set<std::string> touched;
  catalog.on_change([&](const Snapshot&, const SnapshotPtr&, const Touched& what) {
    touched.insert(what.programs.begin(), what.programs.end());
  });
  model::StoredProgram program;
  program.uid = "u1";
  program.name = "Api";
  program.command.arguments = {"serve"};
  auto first = commit({{keys::program("api"), bytes(json::encode_text(program))}});
  start();
  const auto* found = catalog.snapshot()->programs.find("api");
  ASSERT_TRUE(found);
  EXPECT_EQ((*found)->value.name, "Api");
  EXPECT_EQ((*found)->modified, first);

  touched.clear();
  commit({{keys::program("api"), nullptr}});

  EXPECT_FALSE(catalog.snapshot()->programs.find("api"));
  EXPECT_EQ(touched, std::set<std::string>{"api"});
}

TEST_P(CatalogTest, a_snapshot_taken_before_never_changes) {
  commit(service_writes("pay", "u1", 1, {}));
  start();
  auto old = catalog.snapshot();

  commit({{keys::service("pay"), nullptr}});

  EXPECT_TRUE(old->services.find("pay"));
  EXPECT_FALSE(service("pay"));
}

TEST_P(CatalogTest, lays_holds_over_the_content_and_raises_the_version_only) {
  commit(service_writes("pay", "u1", 1, {instance("10.0.0.1", 80), instance("10.0.0.2", 80)}));
  start();
  auto version = commit({hold("u1", "10.0.0.2:80")});

  auto entry = service("pay");
  EXPECT_EQ(entry->version(), version);
  EXPECT_EQ(entry->head().revision, 1u);
  EXPECT_TRUE(has_eligible(entry->instances(), entry->held()));
  auto shown = entry->live_instances();
  EXPECT_EQ(shown[0].status, model::Status::online);
  EXPECT_EQ(shown[1].status, model::Status::offline);
  EXPECT_NE(entry->encoded()->find(R"("status":"offline")"), std::string::npos);
}

TEST_P(CatalogTest, a_rename_in_one_commit_keeps_the_uid_and_its_parts) {
  commit(service_writes("pay", "u1", 1, {instance("10.0.0.1", 80)}));
  commit({hold("u1", "10.0.0.1:80")});
  start();
  auto writes = service_writes("paying", "u1", 2, {instance("10.0.0.1", 80)});
  writes.push_back({keys::service("pay"), nullptr});
  commit(std::move(writes));

  EXPECT_FALSE(service("pay"));
  ASSERT_TRUE(service("paying"));
  EXPECT_FALSE(has_eligible(service("paying")->instances(), service("paying")->held()));
}

TEST_P(CatalogTest, a_name_made_again_is_another_object_without_old_parts) {
  commit(service_writes("pay", "u1", 1, {instance("10.0.0.1", 80)}));
  commit({hold("u1", "10.0.0.1:80")});
  start();
  commit({{keys::service("pay"), nullptr}, {keys::live("u1"), nullptr}});
  commit(service_writes("pay", "u2", 1, {instance("10.0.0.1", 80)}));

  ASSERT_TRUE(service("pay"));
  EXPECT_EQ(service("pay")->head().uid, "u2");
  EXPECT_TRUE(has_eligible(service("pay")->instances(), service("pay")->held()));
}

TEST_P(CatalogTest, hears_of_a_service_made_and_removed_at_once_as_of_none) {
  start();
  memory->hold_watches();
  commit(service_writes("pay", "u1", 1, {}));
  commit({{keys::service("pay"), nullptr}});
  memory->release_watches();
  loop.settle();

  EXPECT_FALSE(service("pay"));
}

TEST_P(CatalogTest, tells_listeners_which_names_a_change_touched) {
  commit(service_writes("pay", "u1", 1, {}));
  start();
  std::vector<std::string> heard;
  catalog.on_change([&](const Snapshot&, const SnapshotPtr& after, const Touched& touched) {
    for (const auto& name : touched.services)
      heard.push_back(name + "@" + std::to_string(after->revision));
  });

  auto first = commit({hold("u1", "10.0.0.1:80")});
  auto second = commit({{keys::service("pay"), nullptr}});

  // One that had to list again may tell more, and may have missed the first.
  if (GetParam() == 0)
    EXPECT_EQ(heard,
              (std::vector{"pay@" + std::to_string(first), "pay@" + std::to_string(second)}));
  EXPECT_EQ(heard.back(), "pay@" + std::to_string(second));
}

TEST_P(CatalogTest, lists_again_when_its_watch_was_compacted) {
  start();
  memory->hold_watches();
  commit(service_writes("pay", "u1", 1, {}));
  memory->drop_watches();
  memory->release_watches();
  loop.settle();

  EXPECT_TRUE(service("pay"));
  commit(service_writes("ship", "u2", 1, {}));
  EXPECT_TRUE(service("ship"));
}

TEST_P(CatalogTest, a_writer_waits_until_he_reads_his_own_write) {
  start();
  memory->hold_watches();
  auto revision = commit(service_writes("pay", "u1", 1, {}));
  auto reached = loop.start(catalog.reached(revision));
  loop.settle();
  EXPECT_FALSE(reached.is_done());

  memory->release_watches();
  loop.settle();

  EXPECT_TRUE(reached.is_done());
  EXPECT_TRUE(service("pay"));
}

TEST_P(CatalogTest, knows_which_revisions_are_stored_also_of_a_service_that_is_gone) {
  auto revisions_of = [&](const std::string& uid) {
    const auto* found = catalog.snapshot()->revisions.find(uid);
    return found ? **found : std::vector<std::uint64_t>();
  };
  commit(service_writes("pay", "u1", 1, {}));
  commit(service_writes("pay", "u1", 2, {}));
  start();
  EXPECT_EQ(revisions_of("u1"), (std::vector<std::uint64_t>{1, 2}));

  commit(service_writes("pay", "u1", 3, {}));
  commit({{keys::content("u1", 2), nullptr}});
  commit({{keys::service("pay"), nullptr}});
  EXPECT_EQ(revisions_of("u1"), (std::vector<std::uint64_t>{1, 3}));

  commit({{keys::content("u1", 1), nullptr}, {keys::content("u1", 3), nullptr}});
  EXPECT_EQ(catalog.snapshot()->revisions.size(), 0u);
}

TEST_P(CatalogTest, reads_a_large_content_that_is_compressed) {
  std::vector<model::InstanceSpec> many;
  for (std::uint16_t port = 1; port <= 5000; ++port) many.push_back(instance("10.0.0.1", port));
  auto writes = service_writes("pay", "u1", 1, many);
  writes[1].value = pack(*writes[1].value).value();
  ASSERT_LT(writes[1].value->size(), 100'000u);
  commit(std::move(writes));

  start();

  EXPECT_EQ(service("pay")->instances(), many);
}

TEST_P(CatalogTest, a_damaged_document_is_named) {
  commit({{keys::service("pay"), bytes("{broken")}});
  auto outcome = loop.start(catalog.start());
  loop.settle();
  ASSERT_FALSE(outcome.value());
  EXPECT_EQ(outcome.value().error().code, Errc::corrupt);
  EXPECT_NE(outcome.value().error().what.find(keys::service("pay")), std::string::npos);
}

TEST_P(CatalogTest, finds_tokens_by_their_hash_until_they_are_removed) {
  model::StoredToken token;
  token.uid = "t1";
  token.hash = "abc";
  start();
  commit({{keys::token("t1"), bytes(json::encode_text(token))}});
  EXPECT_TRUE(catalog.snapshot()->tokens_by_hash.find("abc"));
  commit({{keys::token("t1"), nullptr}});
  EXPECT_FALSE(catalog.snapshot()->tokens_by_hash.find("abc"));
}

TEST_P(CatalogTest, resolves_subscribers_names_before_selectors) {
  auto writes = service_writes("pay", "u1", 1, {});
  model::Output json_output;
  json_output.format = model::Format::json;
  model::StoredSubscriptions subscriptions;
  subscriptions.subscriptions = {
      {std::nullopt, std::map<std::string, std::string>{{"zone", "a"}}, {}},
      {std::vector<std::string>{"Web-1", "later"}, std::nullopt, {json_output}}};
  writes.push_back({keys::subscriptions("u1"), bytes(json::encode_text(subscriptions))});
  for (const char* name : {"web-1", "web-2", "web-3"}) {
    model::StoredNode node;
    node.uid = node.name = name;
    node.labels["zone"] = name == std::string("web-3") ? "b" : "a";
    writes.push_back({keys::node(name), bytes(json::encode_text(node))});
  }
  commit(std::move(writes));
  start();

  auto entry = service("pay");
  auto found = subscribers_of(*entry, *snapshot);

  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].node, "later");
  EXPECT_FALSE(found[0].known);
  EXPECT_EQ(found[1].node, "web-1");
  EXPECT_EQ(found[1].outputs->front().format, model::Format::json);
  EXPECT_EQ(found[2].node, "web-2");
  EXPECT_EQ(*found[2].outputs, model::default_outputs());
}

TEST_P(CatalogTest, readers_on_other_threads_see_whole_snapshots) {
  commit(service_writes("pay", "u1", 1, {instance("10.0.0.1", 80)}));
  start();
  std::atomic<bool> is_done = false;
  std::thread reader([&] {
    std::uint64_t last = 0;
    while (!is_done) {
      auto seen = catalog.snapshot();
      const auto& entry = **seen->services.find("pay");
      EXPECT_EQ(entry.instances().size(), entry.head().revision);
      EXPECT_GE(entry.head().revision, last);
      EXPECT_FALSE(entry.encoded()->empty());
      last = entry.head().revision;
    }
  });
  std::vector<model::InstanceSpec> instances{instance("10.0.0.1", 80)};
  for (std::uint16_t revision = 2; revision <= 200; ++revision) {
    instances.push_back(instance("10.0.0.1", revision));
    commit(service_writes("pay", "u1", revision, instances));
  }
  is_done = true;
  reader.join();
}

}  // namespace
}  // namespace reeve::store
