#include "sys/folder_watch.hpp"

#include "sys/testing/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace reeve::sys {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::IsEmpty;

class FolderWatchTest : public ::testing::Test {
 protected:
  FolderWatchTest() { EXPECT_TRUE(watch.add(folder.path().native())); }

  /// The names that were told of; the system tells at once.
  std::vector<std::string> names() {
    std::vector<std::string> names;
    for (auto& event : watch.read()) names.push_back(std::move(event.name));
    return names;
  }

  testing::TempFolder folder;
  FolderWatch watch = std::move(*FolderWatch::open());
};

TEST_F(FolderWatchTest, hears_of_files_that_are_written_renamed_and_removed) {
  std::ofstream(folder.path() / "a") << "text";
  EXPECT_THAT(names(), Contains("a"));

  fs::rename(folder.path() / "a", folder.path() / "b");
  EXPECT_THAT(names(), Contains("b"));

  fs::remove(folder.path() / "b");
  EXPECT_THAT(names(), Contains("b"));
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(FolderWatchTest, hears_of_another_mode_of_a_file_and_not_of_the_folders_own) {
  std::ofstream(folder.path() / "a") << "text";
  names();

  fs::permissions(folder.path() / "a", fs::perms(0600));
  EXPECT_THAT(names(), Contains("a"));

  fs::permissions(folder.path(), fs::perms(0700));
  fs::permissions(folder.path(), fs::perms(0755));
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(FolderWatchTest, a_folder_that_goes_is_told_and_may_be_watched_anew) {
  auto inner = folder.path() / "inner";
  fs::create_directory(inner);
  ASSERT_TRUE(watch.add(inner.native()));
  names();

  fs::remove(inner);
  EXPECT_THAT(names(), Contains(""));

  fs::create_directory(inner);
  ASSERT_TRUE(watch.add(inner.native()));
  std::ofstream(inner / "c") << "text";
  EXPECT_THAT(names(), Contains("c"));
}

TEST_F(FolderWatchTest, a_folder_that_is_not_there_cannot_be_watched) {
  EXPECT_FALSE(watch.add((folder.path() / "none").native()));
}

}  // namespace
}  // namespace reeve::sys
