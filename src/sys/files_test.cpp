#include "sys/files.hpp"

#include "sys/testing/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <latch>
#include <thread>
#include <vector>

namespace reeve::sys {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
constexpr auto kFlushed = Durability::flushed;

class FilesTest : public ::testing::Test {
 protected:
  Directory root() { return files.open_directory(folder.path()).value(); }
  Result<> replace(const std::string& name, const std::string& contents, FileOwner owner = {}) {
    return files.replace_file(root(), name, contents, owner, kFlushed);
  }
  Result<std::string> read(const std::string& name) { return files.read_file(root(), name, 1000); }

  testing::TempFolder folder;
  RealFiles files;
};

TEST_F(FilesTest, replaces_a_file_with_contents_and_mode) {
  ASSERT_TRUE(replace("list.json", "one", {.mode = 0640}));
  ASSERT_TRUE(replace("list.json", "two", {.mode = 0604}));

  EXPECT_EQ(read("list.json").value(), "two");
  EXPECT_EQ(static_cast<unsigned>(fs::status(folder / "list.json").permissions()), 0604u);
  EXPECT_THAT(files.list(root()).value(), ElementsAre("list.json"));
}

TEST_F(FilesTest, replaces_a_file_under_its_readers_as_a_whole) {
  ASSERT_TRUE(replace("a", "old contents"));
  std::ifstream reader(folder / "a");

  ASSERT_TRUE(replace("a", "new"));

  std::string seen;
  std::getline(reader, seen);
  EXPECT_EQ(seen, "old contents");
}

TEST_F(FilesTest, tells_what_a_name_is_without_following_it) {
  ASSERT_TRUE(replace("a", "x", {.mode = 0640}));
  fs::create_symlink("a", folder / "link");
  fs::create_directory(folder / "folder");

  auto file = files.status(root(), "a").value();
  EXPECT_EQ(file.kind, FileKind::regular);
  EXPECT_EQ(file.mode, 0640u);
  EXPECT_EQ(files.status(root(), "link").value().kind, FileKind::link);
  EXPECT_EQ(files.status(root(), "folder").value().kind, FileKind::folder);
  EXPECT_EQ(files.status(root(), "absent").error().code, Errc::not_found);
}

TEST_F(FilesTest, gives_a_second_name_once) {
  ASSERT_TRUE(replace("a", "first"));
  ASSERT_TRUE(files.link_file(root(), "a", "kept", kFlushed));
  ASSERT_TRUE(replace("a", "second"));

  auto again = files.link_file(root(), "a", "kept", kFlushed);

  EXPECT_EQ(again.error().code, Errc::exists);
  EXPECT_EQ(read("kept").value(), "first");
  EXPECT_EQ(read("a").value(), "second");
}

TEST_F(FilesTest, gives_a_second_name_to_a_link_rather_than_to_what_it_leads_to) {
  fs::create_symlink("nowhere", folder / "link");

  ASSERT_TRUE(files.link_file(root(), "link", "kept", kFlushed));

  EXPECT_EQ(fs::read_symlink(folder / "kept"), "nowhere");
}

TEST_F(FilesTest, sets_the_owner) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root may give files away";

  ASSERT_TRUE(replace("a", "x", {.mode = 0600, .uid = 1234, .gid = 5678}));

  struct stat status{};
  ASSERT_EQ(::stat((folder / "a").c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, 1234u);
  EXPECT_EQ(status.st_gid, 5678u);
}

TEST_F(FilesTest, replaces_a_planted_link_instead_of_following_it) {
  std::ofstream(folder / "victim") << "precious";
  fs::create_symlink(folder / "victim", folder / "list.json");

  ASSERT_TRUE(replace("list.json", "new"));

  EXPECT_EQ(read("victim").value(), "precious");
  EXPECT_FALSE(fs::is_symlink(folder / "list.json"));
  EXPECT_EQ(read("list.json").value(), "new");
}

TEST_F(FilesTest, reads_no_link_and_opens_no_folder_through_one) {
  fs::create_symlink("/etc/passwd", folder / "file");
  fs::create_symlink("/etc", folder / "folder");

  auto file = read("file");
  auto child = files.open_child(root(), "folder");
  auto created = files.create_child(root(), "folder", {.mode = 0755});

  EXPECT_EQ(file.error().code, Errc::io);
  EXPECT_EQ(child.error().code, Errc::io);
  EXPECT_EQ(created.error().code, Errc::io);
  EXPECT_THAT(child.error().what, HasSubstr((folder / "folder").native()));
}

TEST_F(FilesTest, stays_with_the_folder_it_opened) {
  fs::create_directory(folder / "spool");
  auto spool = files.open_child(root(), "spool").value();
  fs::rename(folder / "spool", folder / "moved");
  fs::create_directory_symlink("/etc", folder / "spool");

  ASSERT_TRUE(files.replace_file(spool, "a", "x", {}, kFlushed));

  EXPECT_TRUE(fs::exists(folder / "moved" / "a"));
}

TEST_F(FilesTest, refuses_names_that_are_none) {
  for (const std::string& name :
       {std::string(), std::string("."), std::string(".."), std::string("a/b"),
        std::string("/etc/passwd"), std::string("a\0b", 3), std::string(256, 'x')}) {
    EXPECT_EQ(replace(name, "x").error().code, Errc::invalid) << name;
    EXPECT_EQ(read(name).error().code, Errc::invalid) << name;
    EXPECT_EQ(files.remove_file(root(), name, kFlushed).error().code, Errc::invalid) << name;
    EXPECT_EQ(files.open_child(root(), name).error().code, Errc::invalid) << name;
    EXPECT_EQ(files.create_child(root(), name, {}).error().code, Errc::invalid) << name;
  }
  EXPECT_THAT(files.list(root()).value(), IsEmpty());
}

TEST_F(FilesTest, says_what_is_missing) {
  auto missing = files.open_directory(folder / "missing");

  EXPECT_EQ(missing.error().code, Errc::not_found);
  EXPECT_THAT(missing.error().what, HasSubstr((folder / "missing").native()));
  EXPECT_EQ(read("missing").error().code, Errc::not_found);
  EXPECT_EQ(files.open_child(root(), "missing").error().code, Errc::not_found);
  EXPECT_EQ(files.remove_file(root(), "missing", kFlushed).error().code, Errc::not_found);
}

TEST_F(FilesTest, leaves_no_temporary_when_it_fails) {
  fs::create_directories(folder / "taken" / "inside");

  auto replaced = replace("taken", "x");

  EXPECT_EQ(replaced.error().code, Errc::io);
  EXPECT_THAT(replaced.error().what, HasSubstr((folder / "taken").native()));
  EXPECT_THAT(files.list(root()).value(), ElementsAre("taken"));
}

TEST_F(FilesTest, reads_regular_files_alone_and_no_more_than_allowed) {
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  ASSERT_TRUE(replace("full", std::string(1000, 'x')));
  ASSERT_TRUE(replace("over", std::string(1001, 'x')));
  ASSERT_TRUE(replace("empty", ""));

  EXPECT_EQ(read("pipe").error().code, Errc::io);
  EXPECT_EQ(read("full").value().size(), 1000u);
  EXPECT_EQ(read("over").error().code, Errc::too_large);
  EXPECT_EQ(read("empty").value(), "");
}

TEST_F(FilesTest, reads_files_that_say_they_are_empty) {
  auto proc = files.open_directory("/proc/self").value();

  EXPECT_THAT(files.read_file(proc, "status", 100'000).value(), HasSubstr("VmRSS"));
}

TEST_F(FilesTest, creates_a_folder_once) {
  auto made = files.create_child(root(), "a", {.mode = 0750});
  auto again = files.create_child(root(), "a", {.mode = 0700});

  ASSERT_TRUE(made);
  ASSERT_TRUE(again);
  EXPECT_EQ(static_cast<unsigned>(fs::status(folder / "a").permissions()), 0750u);
  EXPECT_EQ(again->path(), folder / "a");
}

// A folder with the mode it had while it was made would be kept for ever.
TEST_F(FilesTest, gives_a_folder_its_name_with_its_owner_or_not_at_all) {
  fs::permissions(folder.path(), fs::perms::all);
  constexpr uid_t kNobody = 65534;
  auto before =
      static_cast<uid_t>(::setfsuid(kNobody));  // of this thread; root's right to give away
  auto refused = files.create_child(root(), "a", {.mode = 0755, .uid = 0});
  ::setfsuid(before);

  ASSERT_FALSE(refused);
  EXPECT_THAT(files.list(root()).value(), IsEmpty());
  EXPECT_TRUE(files.create_child(root(), "a", {.mode = 0755}));
  EXPECT_EQ(static_cast<unsigned>(fs::status(folder / "a").permissions()), 0755u);
}

TEST_F(FilesTest, leaves_the_name_to_who_takes_it_first) {
  std::vector<std::jthread> threads;
  std::latch together(4);
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      together.arrive_and_wait();
      auto made = files.create_child(root(), "a", {.mode = 0750});
      ASSERT_TRUE(made) << made.error().what;
      EXPECT_TRUE(files.replace_file(*made, "inside", "x", {}, kFlushed));
    });
  threads.clear();

  EXPECT_TRUE(fs::exists(folder / "a" / "inside"));
  EXPECT_THAT(files.list(root()).value(), ElementsAre("a"));
}

TEST_F(FilesTest, removes_what_a_killed_writer_left) {
  ASSERT_TRUE(replace("list.json", "x"));
  fs::create_directory(folder / ".reeve-0123456789abcdee.tmp");
  std::ofstream(folder / ".reeve-0123456789abcdef.tmp") << "half";
  std::ofstream(folder / ".reeve-notes") << "theirs";

  EXPECT_EQ(files.remove_leftovers(root()).value(), 2);

  EXPECT_THAT(files.list(root()).value(), ElementsAre(".reeve-notes", "list.json"));
}

TEST_F(FilesTest, keeps_the_old_file_when_the_disk_is_full) {
  if (::mount("none", folder.path().c_str(), "tmpfs", 0, "size=64k") != 0)
    GTEST_SKIP() << "only root may mount a tiny file system";
  ASSERT_TRUE(replace("a", "old"));

  auto replaced = replace("a", std::string(200'000, 'x'));

  EXPECT_EQ(replaced.error().code, Errc::storage_full);
  EXPECT_THAT(replaced.error().what, HasSubstr((folder / "a").native()));
  EXPECT_EQ(read("a").value(), "old");
  EXPECT_THAT(files.list(root()).value(), ElementsAre("a"));
  ::umount2(folder.path().c_str(), MNT_DETACH);
}

}  // namespace
}  // namespace reeve::sys
