// Messages as released versions sent them. A file, once here, stays for ever: a manager and its
// agents may be two minor versions apart.
#include "link/codec.hpp"

#include <gtest/gtest.h>

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

Message read(const std::string& name) {
  std::ifstream file(fixtures() / name);
  std::string text(std::istreambuf_iterator<char>(file), {});
  auto message = decode_message(text, net::FrameKind::text);
  EXPECT_TRUE(message) << name << ": " << (message ? "" : message.error().what);
  return message.value_or(Message());
}

TEST(LinkFixtures, each_still_decodes) {
  ASSERT_FALSE(fixtures().empty());
  std::size_t count = 0;
  for (const auto& file : fs::directory_iterator(fixtures())) {
    auto message = read(file.path().filename());
    EXPECT_EQ(is_known(message), !file.path().stem().string().ends_with("_unknown")) << file.path();
    ++count;
  }
  EXPECT_GE(count, 10u);
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
