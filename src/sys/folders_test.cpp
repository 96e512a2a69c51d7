#include "sys/folders.hpp"

#include "sys/testing/temp_folder.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <fstream>

namespace reeve::sys {
namespace {

namespace fs = std::filesystem;

unsigned mode(const fs::path& path) {
  return static_cast<unsigned>(fs::status(path).permissions());
}

TEST(MakeOpenFolders, opens_what_it_makes_whatever_the_umask) {
  testing::TempFolder temp;
  auto path = temp / "a/b";
  auto before = ::umask(077);
  auto made = make_open_folders(path);
  ::umask(before);

  ASSERT_TRUE(made) << made.error().what;
  EXPECT_EQ(mode(path), 0755U);
  EXPECT_EQ(mode(path.parent_path()), 0755U);
}

TEST(MakeOpenFolders, leaves_what_is_there_as_it_is) {
  testing::TempFolder temp;
  auto path = temp / "own";
  fs::create_directory(path);
  fs::permissions(path, fs::perms::owner_all);

  ASSERT_TRUE(make_open_folders(path / "inner"));
  ASSERT_TRUE(make_open_folders(path));

  EXPECT_EQ(mode(path), 0700U);
  EXPECT_EQ(mode(path / "inner"), 0755U);
}

TEST(MakeOpenFolders, says_what_stands_in_its_way) {
  testing::TempFolder temp;
  auto file = temp / "file";
  std::ofstream(file) << "x";

  auto below = make_open_folders(file / "folder");
  auto itself = make_open_folders(file);

  ASSERT_FALSE(below);
  EXPECT_NE(below.error().what.find("Not a directory"), std::string::npos) << below.error().what;
  ASSERT_FALSE(itself);
  EXPECT_NE(itself.error().what.find(file.native()), std::string::npos) << itself.error().what;
}

}  // namespace
}  // namespace reeve::sys
