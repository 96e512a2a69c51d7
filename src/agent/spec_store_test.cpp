#include "agent/spec_store.hpp"

#include "agent/testing/specs.hpp"
#include "sys/testing/faulty_files.hpp"
#include "sys/testing/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace reeve::agent {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::list;

class SpecStoreTest : public ::testing::Test {
 protected:
  SpecStoreTest() { fs::create_directories(paths.folder()); }

  HeldSpec load() { return store.load().value(); }

  static HeldList held(const std::string& uid, std::uint64_t version) {
    auto upsert = testing::upsert(uid, version);
    return {upsert.digest,
            std::make_shared<const model::ServiceList>(std::move(upsert.list)),
            {{"/lists/" + uid + ".conf", {"d" + std::to_string(version)}}},
            {}};
  }
  static SpecSave save_of(std::uint64_t version, const std::vector<std::string>& uids) {
    SpecSave save;
    save.epoch = 1;
    save.version = version;
    for (const auto& uid : uids) save.upserts.emplace(uid, held(uid, version));
    return save;
  }

  std::string read(const fs::path& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  sys::testing::TempFolder folder;
  Paths paths{folder.path()};
  sys::testing::FaultyFiles files;
  SpecStore store{files, paths, "c1"};
};

TEST_F(SpecStoreTest, a_new_node_has_an_empty_spec) {
  auto spec = load();

  EXPECT_EQ(spec.cluster, "c1");
  EXPECT_EQ(spec.version, 0U);
  EXPECT_TRUE(spec.lists.empty());
  EXPECT_EQ(static_cast<unsigned>(fs::status(paths.spec()).permissions()), 0700U);
}

TEST_F(SpecStoreTest, what_a_newer_manager_added_is_kept_through_the_disk) {
  load();
  auto newer = list("a", 5);
  newer.unknown["governance"] = json::Object{{"on", true}};
  newer.instances[0].unknown["drained"] = true;
  SpecSave save = save_of(5, {"a"});
  save.upserts["a"].list = std::make_shared<const model::ServiceList>(newer);
  ASSERT_TRUE(store.save(save));

  auto kept = load().lists["a"];
  EXPECT_EQ(json::encode_text(*kept.list), json::encode_text(newer));
  EXPECT_TRUE(kept.list->unknown.contains("governance"));
  EXPECT_TRUE(kept.list->instances.at(0).unknown.contains("drained"));
}

TEST_F(SpecStoreTest, what_was_saved_is_there_again) {
  load();
  ASSERT_TRUE(store.save(save_of(5, {"a", "b"})));
  ASSERT_TRUE(store.save(save_of(7, {"b"})));

  auto spec = load();

  EXPECT_EQ(spec.epoch, 1U);
  EXPECT_EQ(spec.version, 7U);
  ASSERT_EQ(spec.lists.size(), 2U);
  EXPECT_EQ(spec.lists["a"].list->version, 5U);
  EXPECT_EQ(spec.lists["b"].digest, held("b", 7).digest);
  EXPECT_EQ(spec.lists["b"].files, (OwnFiles{{"/lists/b.conf", {"d7"}}}));
  EXPECT_EQ(json::encode_text(*spec.lists["b"].list), json::encode_text(list("b", 7)));
}

TEST_F(SpecStoreTest, removed_lists_are_gone_but_not_what_they_left_behind) {
  load();
  ASSERT_TRUE(store.save(save_of(5, {"a", "b"})));
  SpecSave save;
  save.epoch = 2;
  save.version = 3;
  save.removals = {"a"};
  save.left_behind = {{"/lists/a.conf", {"d5"}}};

  ASSERT_TRUE(store.save(save));
  auto spec = load();

  EXPECT_EQ(spec.epoch, 2U);
  EXPECT_EQ(spec.version, 3U);
  EXPECT_EQ(spec.lists.size(), 1U);
  EXPECT_EQ(spec.left_behind, save.left_behind);
}

TEST_F(SpecStoreTest, a_version_without_changes_is_kept_too) {
  load();
  ASSERT_TRUE(store.save(save_of(5, {"a"})));
  ASSERT_TRUE(store.save(save_of(9, {})));

  EXPECT_EQ(load().version, 9U);
}

TEST_F(SpecStoreTest, a_damaged_file_is_set_aside_and_the_others_count) {
  load();
  ASSERT_TRUE(store.save(save_of(5, {"a", "b"})));
  for (const auto* damage : {"", "{", "[]", "{\"cluster\":\"c1\"}", "\xff\xfe"}) {
    std::ofstream(paths.spec() / "a.json", std::ios::trunc) << damage;

    auto spec = load();

    EXPECT_EQ(spec.lists.size(), 1U) << damage;
    EXPECT_FALSE(fs::exists(paths.spec() / "a.json"));
    EXPECT_EQ(read(paths.spec() / "a.json.damaged"), damage);
  }
}

TEST_F(SpecStoreTest, a_list_under_anothers_name_is_damage) {
  load();
  ASSERT_TRUE(store.save(save_of(5, {"a"})));
  fs::rename(paths.spec() / "a.json", paths.spec() / "b.json");

  EXPECT_TRUE(load().lists.empty());
}

TEST_F(SpecStoreTest, half_written_files_of_an_earlier_life_are_removed) {
  load();
  std::ofstream(paths.spec() / ".reeve-0123456789abcdef.tmp") << "{\"cl";

  EXPECT_TRUE(load().lists.empty());
  EXPECT_TRUE(fs::is_empty(paths.spec()));
}

TEST_F(SpecStoreTest, another_clusters_spec_is_set_aside) {
  load();
  ASSERT_TRUE(store.save(save_of(5, {"a"})));
  SpecStore other(files, paths, "c2");

  auto spec = other.load().value();

  EXPECT_TRUE(spec.lists.empty());
  EXPECT_EQ(spec.version, 0U);
}

TEST_F(SpecStoreTest, fields_of_a_newer_version_survive) {
  load();
  ASSERT_TRUE(store.save(save_of(5, {"a"})));
  auto text = read(paths.spec() / "a.json");
  text.insert(1, R"("later":{"x":1},)");
  std::ofstream(paths.spec() / "a.json", std::ios::trunc) << text;

  SpecSave again;
  again.epoch = 1;
  again.version = 6;
  again.upserts.emplace("a", load().lists["a"]);
  ASSERT_TRUE(store.save(again));

  EXPECT_THAT(read(paths.spec() / "a.json"), HasSubstr(R"("later":{"x":1})"));
}

TEST_F(SpecStoreTest, a_save_cut_short_leaves_each_list_whole) {
  load();
  ASSERT_TRUE(store.save(save_of(5, {"a", "b", "c"})));
  auto before = digest_of(load());
  files.fault = [](std::string_view, const std::string& path) -> std::optional<Error> {
    if (!path.ends_with("b.json")) return std::nullopt;
    return Error{Errc::storage_full, "no space left", "", {}};
  };

  auto saved = store.save(save_of(6, {"a", "b", "c"}));
  auto spec = load();

  EXPECT_EQ(saved.error().code, Errc::storage_full);
  EXPECT_EQ(spec.lists["a"].list->version, 6U);
  EXPECT_EQ(spec.lists["b"].list->version, 5U);
  EXPECT_EQ(spec.lists["c"].list->version, 5U);
  EXPECT_NE(digest_of(spec), before);
}

}  // namespace
}  // namespace reeve::agent
