#include "backup/bytes.hpp"

#include "sys/testing/temp_folder.hpp"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>

namespace reeve::backup {
namespace {

namespace fs = std::filesystem;

using Make = Result<NewFile> (*)(const fs::path&);

// On a file system that has nameless files, and on one that has not.
class NewFileTest : public ::testing::TestWithParam<Make> {
 protected:
  NewFile make(std::string_view text) {
    auto made = GetParam()(file).value();
    EXPECT_TRUE(made.write(text));
    return made;
  }
  static std::string read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::ptrdiff_t count() const {
    return std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator());
  }
  /// In a process that dies there and then.
  void write_and_die() {
    auto child = ::fork();
    if (child == 0) {
      auto made = make("the key of a CA");
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_EQ(status, 0);
  }

  sys::testing::TempFolder folder;
  fs::path file = folder / "some.backup";
};

TEST_P(NewFileTest, has_its_name_when_it_is_whole_and_no_other_then) {
  auto made = make("text");
  EXPECT_FALSE(fs::exists(file));
  EXPECT_EQ(read(made.readable_path()), "text");

  ASSERT_TRUE(made.publish(Existing::keep));

  EXPECT_EQ(read(file), "text");
  EXPECT_EQ(count(), 1);
}

TEST_P(NewFileTest, keeps_or_replaces_what_is_there) {
  std::ofstream(file) << "old";
  {
    auto made = make("new");
    EXPECT_EQ(made.publish(Existing::keep).error().code, Errc::exists);
    EXPECT_EQ(read(file), "old");
    EXPECT_TRUE(made.publish(Existing::replace));
  }
  EXPECT_EQ(read(file), "new");
  EXPECT_EQ(count(), 1);
}

TEST_P(NewFileTest, leaves_nothing_when_it_is_not_published) {
  make("text");
  EXPECT_EQ(count(), 0);
}

TEST_P(NewFileTest, leaves_nothing_of_a_killed_writer_once_another_writes) {
  write_and_die();

  auto next = make("text");

  ASSERT_TRUE(next.publish(Existing::keep));
  EXPECT_EQ(count(), 1);
}

TEST_P(NewFileTest, leaves_what_another_is_writing) {
  auto first = make("first");
  auto second = make("second");

  EXPECT_TRUE(first.publish(Existing::keep));
  EXPECT_TRUE(second.publish(Existing::replace));
  EXPECT_EQ(read(file), "second");
}

INSTANTIATE_TEST_SUITE_P(Ways, NewFileTest,
                         ::testing::Values(&NewFile::create, &NewFile::create_named),
                         [](const auto& info) {
                           return info.param == &NewFile::create ? "nameless" : "named";
                         });

TEST(NewFile, of_a_killed_writer_is_gone_at_once) {
  sys::testing::TempFolder folder;
  auto probe = NewFile::create(folder / "probe");
  ASSERT_TRUE(probe);
  if (!probe->readable_path().native().starts_with("/proc/"))
    GTEST_SKIP() << "this file system has no nameless files";
  auto child = ::fork();
  if (child == 0) {
    auto made = NewFile::create(folder / "some.backup");
    ::_exit(made && made->write("the key of a CA") ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);

  EXPECT_EQ(status, 0);
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

}  // namespace
}  // namespace reeve::backup
