#include "keeper/table.hpp"

#include "keeper/cgroup.hpp"
#include "keeper/procfs.hpp"
#include "keeper/times.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace reeve::keeper {
namespace {

class TableTest : public testing::Test {
 protected:
  TableTest() { folder_ = ::mkdtemp(name_); }
  ~TableTest() override { std::filesystem::remove_all(folder_); }
  std::string file() const { return folder_ + "/table"; }

  char name_[32] = "/tmp/reeve-table-XXXXXX";
  std::string folder_;
};

TEST_F(TableTest, keeps_a_life_for_who_opens_it_next_and_forgets_at_a_reboot) {
  {
    auto table = Table::open(file(), "boot-1");
    ASSERT_TRUE(table) << table.error();
    EXPECT_TRUE(table->fresh());
    ASSERT_TRUE(table->make_room_for(300));
    Life life;
    life.state = State::running;
    Table::set_life(table->slot(300), life);
  }
  auto again = Table::open(file(), "boot-1");
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->fresh());
  EXPECT_EQ(again->header().high.load(), 301U);
  EXPECT_EQ(Table::life(again->slot(300)).state, State::running);

  auto rebooted = Table::open(file(), "boot-2");
  ASSERT_TRUE(rebooted);
  EXPECT_TRUE(rebooted->fresh());
  EXPECT_EQ(rebooted->header().high.load(), 0U);
}

TEST_F(TableTest, leaves_the_valid_life_alone_while_it_writes_another) {
  auto table = Table::open(file(), "boot");
  ASSERT_TRUE(table && table->make_room_for(0));
  auto& slot = table->slot(0);
  Life life;
  life.failures = 1;
  Table::set_life(slot, life);

  slot.lives[1 - slot.current.load()].failures = 99;  // killed before the switch

  EXPECT_EQ(Table::life(slot).failures, 1U);
}

TEST_F(TableTest, numbers_events_and_forgets_the_oldest) {
  auto table = Table::open(file(), "boot");
  ASSERT_TRUE(table);
  for (std::uint32_t at = 0; at < kEvents + 10; ++at) {
    Event event;
    event.slot = at;
    table->append(event);
  }
  EXPECT_EQ(table->event(10), nullptr);
  ASSERT_NE(table->event(11), nullptr);
  EXPECT_EQ(table->event(11)->slot, 10U);
  EXPECT_EQ(table->event(kEvents + 11), nullptr);
}

TEST_F(TableTest, of_another_layout_is_refused) {
  {
    auto table = Table::open(file(), "boot");
    ASSERT_TRUE(table);
    table->header().version = 9;
  }
  auto again = Table::open(file(), "boot");
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().find("has version 9, this program reads 1"), std::string::npos);
}

TEST_F(TableTest, has_an_end) {
  auto table = Table::open(file(), "boot");
  ASSERT_TRUE(table);
  EXPECT_FALSE(table->make_room_for(kMaxSlots));
}

TEST(Procfs, reads_a_stat_line_whose_name_has_brackets_and_blanks) {
  auto identity =
      parse_stat("42 (a) b (c)) S 7 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 12345 1000 10\n");
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->state, 'S');
  EXPECT_EQ(identity->parent, 7);
  EXPECT_EQ(identity->start_time, 12345U);
}

TEST(Procfs, refuses_what_is_no_stat_line) {
  for (const char* line : {"", "42", "42 (x)", "42 (x) S 1", "42 (x) S x 1 1"})
    EXPECT_FALSE(parse_stat(line)) << line;
}

TEST(Procfs, knows_itself) {
  auto self = identify(::getpid());
  ASSERT_TRUE(self);
  EXPECT_EQ(self->start_time, own_start_time());
  EXPECT_EQ(self->parent, ::getppid());
}

TEST(Cgroups, finds_the_version_2_tree_wherever_it_is_mounted) {
  EXPECT_EQ(cgroup2_mount("30 1 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"),
            "/sys/fs/cgroup");
  EXPECT_EQ(cgroup2_mount(
                "29 1 0:25 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
                "31 29 0:27 / /sys/fs/cgroup/unified rw,nosuid shared:9 - cgroup2 cgroup2 rw\n"),
            "/sys/fs/cgroup/unified");
  EXPECT_EQ(cgroup2_mount("29 1 0:25 / /sys/fs/cgroup rw - cgroup cgroup rw,cpu\n"), "");
  EXPECT_EQ(cgroup2_path("4:memory:/x\n0::/system.slice/reeve.service\n"),
            "/system.slice/reeve.service");
  EXPECT_EQ(cgroup2_path("4:memory:/x\n"), "");
}

std::string index_of(std::initializer_list<TimeEntry> entries) {
  std::string bytes(kTimesHead);
  for (const auto& entry : entries)
    bytes.append(reinterpret_cast<const char*>(&entry), sizeof entry);
  return bytes;
}

TEST(Times, a_byte_came_at_the_last_entry_before_it) {
  auto index = index_of({{0, 100}, {10, 200}, {10, 250}, {30, 300}});
  EXPECT_EQ(time_at(index, 0), 100);
  EXPECT_EQ(time_at(index, 9), 100);
  EXPECT_EQ(time_at(index, 10), 250);
  EXPECT_EQ(time_at(index, 1000), 300);
}

TEST(Times, half_an_entry_and_a_foreign_file_say_nothing) {
  EXPECT_EQ(time_at(index_of({{5, 100}}) + "half", 7), 100);
  EXPECT_FALSE(time_at(index_of({{5, 100}}), 4));
  EXPECT_FALSE(time_at("something else altogether", 4));
}

}  // namespace
}  // namespace reeve::keeper
