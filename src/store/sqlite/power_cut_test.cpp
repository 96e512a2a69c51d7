// Power cuts under an embedded store, at moments drawn at random, and at every moment of what is
// done once: making the file, bringing it to a newer format, copying it.
#include "store/sqlite/format.hpp"
#include "store/sqlite/offline.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/sqlite/testing/forgetful_disk.hpp"
#include "store/testing/drive.hpp"
#include "sys/testing/fault_rounds.hpp"
#include "sys/testing/temp_folder.hpp"

#include <SQLiteCpp/Database.h>
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

namespace reeve::store {
namespace {

using namespace testing;
namespace fs = std::filesystem;

// Machines in one run; each loses its power three times.
constexpr std::uint64_t kFewRounds = 15;
constexpr int kCuts = 3;
constexpr int kWriters = 4;
// Of all kinds of moments: in the log, at its checkpoints, and when it is made.
constexpr std::size_t kMostChanges = 400;
constexpr SqliteSettings kBusy{.largest_log = 100'000,
                               .idle_before_checkpoint = std::chrono::milliseconds(1)};

std::string value_of(const Listing& listing, const std::string& key) {
  for (const auto& entry : listing.entries)
    if (entry.key == key) return *entry.value;
  return "0";
}

/// The file is sound, whatever is in it.
void expect_sound(const fs::path& file) {
  SQLite::Database database(file.native(), SQLite::OPEN_READWRITE);
  EXPECT_EQ(database.execAndGet("PRAGMA integrity_check").getString(), "ok");
}

/// A machine with a store of which the power goes while several write.
class Machine {
 public:
  explicit Machine(std::uint64_t seed) : disk_(seed), random_(seed) {}

  void write_until_the_power_goes() {
    disk_.cut_after(below(kMostChanges));
    {
      VirtualLoop loop;
      if (auto store = SqliteStore::open(loop, file_, kBusy)) write(loop, **store);
    }
    disk_.restore();
    check();
  }

 private:
  void write(VirtualLoop& loop, Store& store) {
    std::vector<async::testing::Outcome<int>> writers;
    for (int writer = 0; writer < kWriters; ++writer)
      writers.push_back(loop.start(write_as(store, writer)));
    run_until(loop, [&] {
      return std::ranges::all_of(writers, [](const auto& writer) { return writer.is_done(); });
    });
    EXPECT_TRUE(await(loop, store.stop()));
  }

  /// Two keys in one commit: never is one there without the other.
  Task<int> write_as(Store& store, int writer) {
    int value = promised_[writer];
    while (true) {
      ++value;
      auto text = fmt::format("{:08}{}", value, std::string(below(3000), 'x'));
      Commit commit{
          {},
          {put(fmt::format("left/{}", writer), text), put(fmt::format("right/{}", writer), text)}};
      auto done = co_await store.commit(std::move(commit));
      if (!done) co_return value;
      EXPECT_GT(*done, highest_) << "a revision was given twice";
      promised_[writer] = value;
      highest_ = *done;
    }
  }

  void check() {
    VirtualLoop loop;
    auto store = SqliteStore::open(loop, file_);
    ASSERT_TRUE(store) << store.error().what;
    auto listing = await(loop, (*store)->list("")).value();
    EXPECT_GE(listing.revision, highest_);
    for (int writer = 0; writer < kWriters; ++writer) {
      auto left = value_of(listing, fmt::format("left/{}", writer));
      EXPECT_EQ(left, value_of(listing, fmt::format("right/{}", writer)));
      int value = std::stoi(left.substr(0, 8));
      // One more may have become durable without its answer.
      EXPECT_TRUE(value == promised_[writer] || value == promised_[writer] + 1)
          << value << " after promise of " << promised_[writer];
      promised_[writer] = value;
    }
    highest_ = listing.revision;
    EXPECT_TRUE(await(loop, (*store)->stop()));
    store->reset();
    expect_sound(file_);
  }

  std::size_t below(std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
  }

  sys::testing::TempFolder folder_;
  fs::path file_ = folder_ / "store.db";
  ForgetfulDisk disk_;
  std::mt19937_64 random_;
  std::map<int, int> promised_;  // by writer
  Revision highest_ = 0;
};

TEST(StorePowerCut, takes_no_commit_that_was_answered_and_leaves_none_half) {
  sys::testing::each_fault_round(kFewRounds, [](std::uint64_t seed) {
    Machine machine(seed);
    for (int i = 0; i < kCuts; ++i) machine.write_until_the_power_goes();
  });
}

/// Does `act` again and again, with the power going one change later each time, until it ends
/// before that. Each time begins with what `prepare` has made once, and ends with `check`.
void at_every_moment(const std::function<void(const fs::path& file)>& prepare,
                     const std::function<bool(const fs::path& file)>& act,
                     const std::function<void(const fs::path& file, bool is_done)>& check) {
  sys::testing::TempFolder prepared;
  prepare(prepared / "store.db");
  for (std::size_t moment = 0;; ++moment) {
    SCOPED_TRACE(fmt::format("at change {}", moment));
    sys::testing::TempFolder folder;
    fs::copy(prepared.path(), folder.path());
    auto file = folder / "store.db";
    ForgetfulDisk disk(moment);
    disk.cut_after(moment);
    bool is_done = act(file);
    bool was_cut = disk.is_cut();
    EXPECT_TRUE(is_done || was_cut);
    disk.restore();
    check(file, is_done);
    if (!was_cut || ::testing::Test::HasFailure()) break;
  }
}

bool opens(const fs::path& file, Duration later = {}) {
  VirtualLoop loop;
  loop.advance(later);
  auto store = SqliteStore::open(loop, file);
  if (!store) return false;
  return await(loop, (*store)->stop()).has_value();
}

Listing contents_of(const fs::path& file) {
  VirtualLoop loop;
  auto store = SqliteStore::open(loop, file).value();
  auto listing = await(loop, store->list("")).value();
  EXPECT_TRUE(await(loop, store->stop()));
  return listing;
}

Commit one_key() { return {{}, {put("key", "value")}}; }

TEST(StorePowerCut, of_a_new_file_leaves_one_that_can_be_opened) {
  at_every_moment([](const fs::path&) {}, [](const fs::path& file) { return opens(file); },
                  [](const fs::path& file, bool) {
                    EXPECT_TRUE(contents_of(file).entries.empty());
                    expect_sound(file);
                  });
}

TEST(StorePowerCut, while_the_format_is_changed_leaves_the_old_one_or_the_new) {
  auto prepare = [](const fs::path& file) {
    SQLite::Database old(file.native(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    take_step(old, 0);
    old.exec("INSERT INTO entries VALUES (CAST('key' AS BLOB), CAST('value' AS BLOB), 7, 7)");
    old.exec("UPDATE numbers SET value = 7 WHERE name = 'head'");
  };
  auto check = [](const fs::path& file, bool) {
    EXPECT_TRUE(opens(file, std::chrono::seconds(1)));
    auto listing = contents_of(file);
    EXPECT_EQ(listing.revision, 7U);
    EXPECT_EQ(value_of(listing, "key"), "value");
    expect_sound(file);
  };
  at_every_moment(prepare, [](const fs::path& file) { return opens(file); }, check);
}

TEST(StorePowerCut, while_it_is_copied_leaves_the_original_and_no_copy_that_lacks_anything) {
  auto copy_of = [](const fs::path& file) { return fs::path(file.native() + ".copy"); };
  auto act = [copy_of](const fs::path& file) {
    VirtualLoop loop;
    auto store = SqliteStore::open(loop, file);
    if (!store) return false;
    auto copied = await(loop, (*store)->copy_to(copy_of(file)));
    EXPECT_TRUE(await(loop, (*store)->stop()));
    return copied.has_value();
  };
  auto check = [copy_of](const fs::path& file, bool is_done) {
    EXPECT_EQ(value_of(contents_of(file), "key"), "value");
    if (is_done) EXPECT_EQ(value_of(contents_of(copy_of(file)), "key"), "value");
  };
  at_every_moment([](const fs::path& file) { EXPECT_TRUE(commit_offline(file, one_key(), {})); },
                  act, check);
}

TEST(StorePowerCut, of_a_commit_beside_the_manager_leaves_it_whole_or_not_there) {
  auto check = [](const fs::path& file, bool is_done) {
    auto value = value_of(contents_of(file), "key");
    EXPECT_TRUE(value == "value" || (!is_done && value == "0")) << value;
  };
  at_every_moment(
      [](const fs::path&) {},
      [](const fs::path& file) { return commit_offline(file, one_key(), {}).has_value(); }, check);
}

}  // namespace
}  // namespace reeve::store
