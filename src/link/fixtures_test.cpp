// Messages as released versions sent them. A file, once here, stays for ever: a manager and its
// agents may be two minor versions apart.
#include "link/codec.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace reeve::link {
namespace {

namespace fs = std::filesystem;

// Tests run in a build folder, which lies in the tree.
fs::path fixtures() {
  for (auto at = fs::current_path(); at != at.root_path(); at = at.parent_path())
    if (fs::is_directory(at / "tests/fixtures/link")) return at / "tests/fixtures/link";
  return {};
}

std::string text_of(const std::string& name) {
  std::ifstream file(fixtures() / name);
  return {std::istreambuf_iterator<char>(file), {}};
}

Message read(const std::string& name) {
  auto message = decode_message(text_of(name), net::FrameKind::text);
  EXPECT_TRUE(message) << name << ": " << (message ? "" : message.error().what);
  return message.value_or(Message());
}

/// Whether all that stands in `part` stands in `whole` too, which may have more fields.
bool holds(const json::Value& whole, const json::Value& part) {
  if (part.is_object() && whole.is_object())
    return std::ranges::all_of(part.as_object(), [&](const auto& item) {
      const auto* found = whole.as_object().if_contains(item.key());
      return found && holds(*found, item.value());
    });
  if (part.is_array() && whole.is_array())
    return std::ranges::equal(whole.as_array(), part.as_array(), holds);
  return whole == part;
}

TEST(LinkFixtures, each_still_decodes) {
  ASSERT_FALSE(fixtures().empty());
  std::size_t count = 0;
  for (const auto& file : fs::directory_iterator(fixtures())) {
    auto message = read(file.path().filename());
    EXPECT_EQ(is_known(message), !file.path().stem().string().ends_with("_unknown")) << file.path();
    ++count;
  }
  EXPECT_GE(count, 30u);
}

TEST(LinkFixtures, each_goes_on_with_all_that_it_came_with) {
  for (const auto& file : fs::directory_iterator(fixtures())) {
    auto name = file.path().filename().string();
    auto came = json::parse(text_of(name)).value();
    auto goes = json::parse(*frame_of(read(name))).value();
    EXPECT_TRUE(holds(goes, came)) << name << ": " << goes;
  }
}

TEST(LinkFixtures, what_a_newer_manager_adds_is_kept) {
  auto spec = read("spec_newer.json").spec;
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->unknown.at("shard"), "a");
  EXPECT_EQ(spec->upserts.at(0).unknown.at("signature"), "x");
  EXPECT_TRUE(spec->upserts.at(0).list.unknown.contains("governance"));
  EXPECT_TRUE(read("welcome_newer.json").welcome->unknown.contains("features"));
}

TEST(LinkFixtures, what_a_newer_manager_says_of_an_instance_is_kept) {
  auto spec = read("spec_newer_instance.json").spec;
  ASSERT_TRUE(spec);
  const auto& instances = spec->upserts.at(0).list.instances;
  EXPECT_EQ(instances.at(0).unknown.at("slow_start").at("over"), "30s");
  EXPECT_EQ(instances.at(1).unknown.at("drained"), true);
}

TEST(LinkFixtures, owners_hooks_and_drift_keep_their_meaning) {
  auto spec = read("spec_outputs.json").spec;
  ASSERT_TRUE(spec);
  const auto& output = spec->upserts.at(0).list.outputs.at(0);
  EXPECT_EQ(output.owner, "www-data:adm");
  EXPECT_EQ(output.on_change.value_or(std::vector<std::string>()).size(), 3u);
  EXPECT_EQ(output.debounce, std::chrono::seconds(2));
  EXPECT_EQ(output.drift, model::Drift::report);

  auto report = read("report_hooks.json").report;
  ASSERT_TRUE(report);
  const auto& word = report->lists.at(0);
  EXPECT_FALSE(word.hooks.value_or(std::vector<model::HookRun>()).at(0).is_well());
  EXPECT_TRUE(word.drifted.value_or(std::vector<model::FileDrift>()).at(0).repaired);
}

TEST(LinkFixtures, what_older_versions_do_not_say_means_as_before) {
  auto hello = read("hello.json").hello;
  EXPECT_TRUE(hello->instance.empty() && hello->trusts.empty() && hello->features.empty());
  EXPECT_TRUE(read("welcome.json").welcome->managers.empty());
  EXPECT_FALSE(read("spec.json").spec->upserts.at(0).list.remove_files);
  EXPECT_FALSE(read("applied.json").applied->lists.at(0).removed);
  EXPECT_FALSE(read("report.json").report->clock);
  auto call = read("call.json").call;
  EXPECT_EQ(call->method, "tail");
  EXPECT_EQ(call->credit, 0u);
}

TEST(LinkFixtures, the_removal_of_files_and_its_word_keep_their_meaning) {
  EXPECT_EQ(read("spec_remove_files.json").spec->upserts.at(0).list.remove_files, true);
  EXPECT_EQ(read("applied_removed.json").applied->lists.at(0).removed, true);
}

TEST(LinkFixtures, calls_keep_their_meaning) {
  auto call = read("call_status.json").call;
  EXPECT_EQ(call->id, 7u);
  EXPECT_EQ(call->deadline, std::chrono::seconds(5));
  EXPECT_EQ(call->credit, 65536u);
  EXPECT_FALSE(read("answer.json").answer->code);
  EXPECT_EQ(read("answer_failed.json").answer->code, "unsupported");
  EXPECT_EQ(read("cancel.json").cancel->id, 9u);
  EXPECT_EQ(read("credit.json").credit->bytes, 32768u);
}

TEST(LinkFixtures, a_hello_of_a_newer_agent_is_understood) {
  auto hello = read("hello_newer.json").hello;
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->protocol_max, 3u);
  EXPECT_EQ(hello->version, 42u);
  EXPECT_TRUE(hello->unknown.contains("boot"));
}

TEST(LinkFixtures, a_hello_without_a_clock_says_nothing_of_it) {
  EXPECT_FALSE(read("hello.json").hello->clock);
  EXPECT_EQ(read("hello_clock.json").hello->clock, WallTime(std::chrono::seconds(20)));
}

TEST(LinkFixtures, a_spec_keeps_its_meaning) {
  auto spec = read("spec.json").spec;
  ASSERT_TRUE(spec);
  ASSERT_EQ(spec->upserts.size(), 1u);
  const auto& list = spec->upserts[0].list;
  EXPECT_EQ(list.service, "pay");
  ASSERT_EQ(list.instances.size(), 2u);
  EXPECT_EQ(list.instances[1].status, model::Status::offline);
  EXPECT_EQ(list.instances[0].ports.at("admin"), 8821);
  EXPECT_EQ(list.outputs.at(1).path, "/etc/app/{service}.json");
}

TEST(LinkFixtures, applied_tells_lists_that_failed_from_those_that_did_not) {
  auto applied = read("applied.json").applied;
  ASSERT_TRUE(applied);
  ASSERT_EQ(applied->lists.size(), 2u);
  EXPECT_FALSE(applied->lists[0].error);
  EXPECT_EQ(applied->lists[1].applied->version, 12u);
  EXPECT_TRUE(applied->lists[1].error);
}

}  // namespace
}  // namespace reeve::link
