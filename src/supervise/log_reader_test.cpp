// Logs on a real disk, rotated as the keeper does it.
#include "supervise/log_reader.hpp"

#include "base/time_text.hpp"
#include "keeper/log_file.hpp"
#include "keeper/times.hpp"
#include "sys/testing/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace reeve::supervise {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

class LogReaderTest : public ::testing::Test {
 protected:
  LogReaderTest() {
    keeper::OutputSpec spec;
    spec.file = log;
    spec.backups = 3;
    writer.set_spec(std::move(spec), {});
    EXPECT_TRUE(writer.open());
  }

  void write(const std::string& text, WallTime at = {}) {
    auto size = writer.size();
    ASSERT_TRUE(size);
    writer.note_time(*size, at.time_since_epoch().count());
    std::ofstream(log, std::ios::app) << text;
  }
  void rotate() { ASSERT_TRUE(writer.rotate()); }

  LogReader reader(LogChoice choice = {}, std::int64_t backups = 3) const {
    return LogReader({log, backups, {}}, choice);
  }
  static std::string all(LogReader& reader) {
    std::string text;
    while (true) {
      auto piece = reader.read();
      EXPECT_TRUE(piece) << piece.error().what;
      if (!piece || piece->empty()) return text;
      text += *piece;
    }
  }
  std::string all(LogChoice choice, std::int64_t backups = 3) const {
    auto fresh = reader(choice, backups);
    return all(fresh);
  }

  sys::testing::TempFolder folder;
  std::string log = (folder.path() / "web.log").native();
  keeper::LogFile writer;
  WallTime t0 = *parse_time("2026-11-23T05:00:00Z");
};

TEST_F(LogReaderTest, tells_all_that_is_kept_oldest_first) {
  write("1\n");
  rotate();
  write("2\n");
  rotate();
  write("3\n4");

  EXPECT_EQ(all({}), "1\n2\n3\n4");
}

TEST_F(LogReaderTest, tells_the_last_lines_over_rotations) {
  write("1\n2\n3\n");
  rotate();
  write("4\n");
  rotate();
  write("5\n6");

  EXPECT_EQ(all({.tail = 0}), "");
  EXPECT_EQ(all({.tail = 1}), "6");
  EXPECT_EQ(all({.tail = 2}), "5\n6");
  EXPECT_EQ(all({.tail = 3}), "4\n5\n6");
  EXPECT_EQ(all({.tail = 5}), "2\n3\n4\n5\n6");
  EXPECT_EQ(all({.tail = 50}), "1\n2\n3\n4\n5\n6");
  EXPECT_EQ(all({.tail = 5}, 1), "4\n5\n6");
}

TEST_F(LogReaderTest, finds_the_last_lines_of_long_files) {
  std::string long_line(200'000, 'x');
  for (int i = 0; i < 3; ++i) write(long_line + std::to_string(i) + "\n");

  EXPECT_EQ(all({.tail = 2}), long_line + "1\n" + long_line + "2\n");
}

TEST_F(LogReaderTest, tells_what_came_since_a_moment) {
  write("old\n", t0);
  rotate();
  write("a\n", t0 + 10s);
  write("b\n", t0 + 20s);
  write("c\nd\n", t0 + 30s);

  EXPECT_EQ(all({.since = t0 - 1h}), "old\na\nb\nc\nd\n");
  EXPECT_EQ(all({.since = t0 + 11s}), "b\nc\nd\n");
  EXPECT_EQ(all({.tail = 1, .since = t0 + 11s}), "d\n");
  EXPECT_EQ(all({.tail = 10, .since = t0 + 11s}), "b\nc\nd\n");
  EXPECT_EQ(all({.since = t0 + 1h}), "");
}

TEST_F(LogReaderTest, begins_at_the_start_of_a_line_where_the_moment_is_within_one) {
  write("half of ", t0);
  write("a line\n", t0 + 10s);

  EXPECT_EQ(all({.since = t0 + 5s}), "half of a line\n");
}

TEST_F(LogReaderTest, puts_times_before_lines_and_not_into_them) {
  write("a\nhalf", t0);
  auto following = reader({.has_times = true});
  EXPECT_EQ(all(following), "2026-11-23T05:00:00.000Z a\n2026-11-23T05:00:00.000Z half");
  write(" b\n", t0 + 1s);
  write("c\n", t0 + 2s);
  rotate();
  write("d\n", t0 + 3s);

  EXPECT_EQ(all(following), " b\n2026-11-23T05:00:02.000Z c\n2026-11-23T05:00:03.000Z d\n");
}

TEST_F(LogReaderTest, shows_lines_without_a_known_time_too) {
  std::ofstream(log) << "a\nb\n";

  EXPECT_EQ(all({.has_times = true}), "- a\n- b\n");
}

TEST_F(LogReaderTest, goes_on_over_rotations) {
  write("1\n");
  auto following = reader();
  EXPECT_EQ(all(following), "1\n");
  EXPECT_EQ(all(following), "");
  write("2\n");
  rotate();
  write("3\n");
  EXPECT_EQ(all(following), "2\n3\n");
  write("4\n");
  rotate();
  write("5\n");
  rotate();
  write("6\n");
  rotate();
  write("7\n");

  EXPECT_EQ(all(following), "4\n5\n6\n7\n");
}

TEST_F(LogReaderTest, goes_on_where_its_file_is_kept_no_more) {
  write("1\n");
  auto following = reader({}, 0);
  EXPECT_EQ(all(following), "1\n");
  write("2\n");
  fs::remove(log);
  std::ofstream(log) << "3\n";

  EXPECT_EQ(all(following), "2\n3\n");
}

TEST_F(LogReaderTest, begins_again_where_somebody_empties_the_file) {
  write("1\n2\n");
  auto following = reader();
  EXPECT_EQ(all(following), "1\n2\n");
  fs::resize_file(log, 0);
  EXPECT_EQ(all(following), "");
  std::ofstream(log, std::ios::app) << "3\n";

  EXPECT_EQ(all(following), "3\n");
}

TEST_F(LogReaderTest, waits_for_a_log_that_is_not_there_yet) {
  fs::remove(log);
  auto following = reader({.tail = 10});
  EXPECT_EQ(all(following), "");
  std::ofstream(log) << "1\n";

  EXPECT_EQ(all(following), "1\n");
}

TEST_F(LogReaderTest, refuses_what_is_no_plain_file) {
  fs::remove(log);
  fs::create_directory(log);
  auto wrong = reader().read();
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().what, HasSubstr("is not a plain file"));

  fs::remove(log);
  std::ofstream(folder.path() / "secret") << "s\n";
  fs::create_symlink(folder.path() / "secret", log);
  EXPECT_FALSE(reader().read());
}

TEST_F(LogReaderTest, reads_with_the_rights_of_the_programs_user) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to read as somebody else";
  constexpr uid_t kNobody = 65534;
  fs::permissions(folder.path(), fs::perms(0755));
  write("secret\n");
  fs::permissions(log, fs::perms(0600));
  LogReader foreign({log, 3, {true, kNobody, kNobody, {}}}, {});
  EXPECT_FALSE(foreign.read());

  ASSERT_EQ(::chown(log.c_str(), kNobody, kNobody), 0);
  EXPECT_EQ(all(foreign), "secret\n");
  fs::permissions(log, fs::perms(0000));
  EXPECT_EQ(all({}), "secret\n");  // and this is root again
}

}  // namespace
}  // namespace reeve::supervise
