#include "backup/restore.hpp"

#include "backup/contents.hpp"
#include "model/manager_hold.hpp"
#include "store/catalog/keys.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/offline.hpp"
#include "sys/testing/temp_folder.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <fstream>
#include <utility>

namespace reeve::backup {
namespace {

namespace fs = std::filesystem;

class RestoreTest : public ::testing::Test {
 protected:
  static constexpr KeyCost kCheap{crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN};

  RestoreTest() {
    store::Commit commit;
    commit.writes.push_back({"/key", store::bytes("value")});
    EXPECT_TRUE(store::commit_offline(folder / "store.db", std::move(commit), now));
  }

  static std::string read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  using Files = std::vector<std::pair<std::string, std::string>>;
  Files good_files() {
    return {{kStore, read(folder / "store.db")}, {"ca.key", "the key"}, {"ca.pem", "the CA"}};
  }
  void make(const Files& files, const Passphrase& passphrase = {}, bool has_damage = false) {
    Manifest manifest;
    manifest.cluster = "c1";
    manifest.epoch = 3;
    manifest.taken = now;
    for (const auto& [name, text] : files) {
      Digest digest;
      digest.feed(text);
      manifest.files.push_back({name, text.size(), digest.text()});
    }
    auto writer = SealedWriter::create(file, passphrase, kCheap).value();
    ASSERT_TRUE(writer.write(manifest_line(manifest)));
    for (auto [name, text] : files) {
      if (has_damage) text.back() = static_cast<char>(text.back() ^ 1);
      ASSERT_TRUE(writer.write(text));
    }
    ASSERT_TRUE(writer.finish());
    ASSERT_TRUE(writer.publish(Existing::replace));
  }
  static Passphrase secret(std::string_view text) { return Secret::copy_of(text); }
  Result<Manifest> restored(Passphrase passphrase = {}) {
    return restore({file, data(), std::move(passphrase), now});
  }
  fs::path data() const { return folder / "new"; }
  static mode_t mode_of(const fs::path& path) {
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 0777u;
  }

  const WallTime now{std::chrono::hours(500'000)};
  sys::testing::TempFolder folder;
  const fs::path file = folder / "some.backup";
};

TEST_F(RestoreTest, makes_the_managers_folder_with_a_store_in_hold) {
  make(good_files());
  auto manifest = restored();
  ASSERT_TRUE(manifest) << manifest.error().what;
  EXPECT_EQ(manifest->cluster, "c1");

  auto own = data() / "manager";
  EXPECT_EQ(mode_of(own), 0700u);
  EXPECT_EQ(read(own / "ca.key"), "the key");
  for (const char* name : {"store.db", "ca.key", "ca.pem"}) EXPECT_EQ(mode_of(own / name), 0600u);
  auto database = store::Database::open(own / kStore, {}, now).value();
  EXPECT_EQ(*database->read("/key").value()->value, "value");
  auto hold = database->read(std::string(store::keys::kHold)).value();
  ASSERT_TRUE(hold);
  auto document = json::decode_text<model::ManagerHold>(*hold->value, json::Mode::strict).value();
  EXPECT_EQ(document.reason, model::HoldReason::restored);
  EXPECT_EQ(document.taken, now);
}

TEST_F(RestoreTest, takes_an_encrypted_backup_with_its_passphrase_alone) {
  make(good_files(), secret("secret"));
  EXPECT_EQ(restored().error().code, Errc::unauthenticated);
  EXPECT_EQ(restored(secret("another")).error().code, Errc::forbidden);
  EXPECT_FALSE(fs::exists(data()));
  EXPECT_TRUE(restored(secret("secret")));
}

TEST_F(RestoreTest, leaves_a_folder_alone_that_is_not_empty) {
  make(good_files());
  fs::create_directory(data());
  std::ofstream(data() / "something") << "here";
  auto refused = restored();
  EXPECT_EQ(refused.error().code, Errc::in_use);
  EXPECT_NE(refused.error().what.find("something"), std::string::npos);
}

TEST_F(RestoreTest, goes_on_over_what_a_killed_restore_left_and_over_nothing_else) {
  make(good_files());
  auto left = data() / "manager.restoring";
  fs::create_directories(left);
  std::ofstream(left / "ca.key") << "half";
  UniqueFd living(::open(left.c_str(), O_RDONLY | O_DIRECTORY));
  ASSERT_EQ(::flock(living.get(), LOCK_EX), 0);
  auto refused = restored();
  EXPECT_EQ(refused.error().code, Errc::in_use);
  EXPECT_NE(refused.error().what.find("another restore"), std::string::npos);
  EXPECT_EQ(read(left / "ca.key"), "half");

  living.reset();
  auto done = restored();

  ASSERT_TRUE(done) << done.error().what;
  EXPECT_FALSE(fs::exists(left));
  EXPECT_EQ(read(data() / "manager" / "ca.key"), "the key");
}

TEST_F(RestoreTest, leaves_nothing_when_the_disk_does_not_keep_its_name) {
  make(good_files());
  RestoreRequest request{file, data(), {}, now};
  request.flush_names = [](const fs::path&) -> Result<> { return fail(Errc::io, "bad disk"); };

  EXPECT_EQ(restore(request).error().what, "bad disk");

  EXPECT_EQ(fs::directory_iterator(data()), fs::directory_iterator());
  EXPECT_TRUE(restored());
}

TEST_F(RestoreTest, leaves_nothing_of_a_backup_that_is_damaged) {
  make(good_files(), {}, true);
  EXPECT_EQ(restored().error().code, Errc::corrupt);
  EXPECT_EQ(fs::directory_iterator(data()), fs::directory_iterator());

  make(good_files());
  auto whole = read(file);
  std::ofstream(file, std::ios::trunc) << whole.substr(0, whole.size() - 3);
  EXPECT_EQ(restored().error().code, Errc::corrupt);
  std::ofstream(file, std::ios::trunc) << whole << "more";
  EXPECT_EQ(restored().error().code, Errc::corrupt);
  whole[whole.find("\"c1\"") + 1] = 'd';
  std::ofstream(file, std::ios::trunc) << whole;
  EXPECT_EQ(restored().error().code, Errc::corrupt);
}

TEST_F(RestoreTest, writes_no_file_but_those_that_a_manager_has) {
  auto files = good_files();
  files.emplace_back("../outside", "text");
  make(files);
  EXPECT_EQ(restored().error().code, Errc::unsupported);

  make({{kStore, "no database"}, {"ca.key", "k"}});
  EXPECT_EQ(restored().error().code, Errc::corrupt);
}

TEST_F(RestoreTest, refuses_a_store_that_is_none) {
  make({{kStore, std::string(20'000, 'x')}, {"ca.key", "k"}, {"ca.pem", "c"}});
  EXPECT_FALSE(restored());
  EXPECT_EQ(fs::directory_iterator(data()), fs::directory_iterator());
}

}  // namespace
}  // namespace reeve::backup
