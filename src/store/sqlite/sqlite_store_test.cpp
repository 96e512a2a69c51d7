#include "store/sqlite/sqlite_store.hpp"

#include "store/testing/conformance.hpp"
#include "store/testing/strict_store.hpp"

#include <SQLiteCpp/Database.h>
#include <fmt/core.h>
#include <gmock/gmock.h>

#include <sys/mount.h>
#include <sys/stat.h>

#include <fstream>

namespace reeve::store {
namespace {

using namespace testing;
using ::testing::HasSubstr;

std::unique_ptr<Store> make(async::Loop& loop, const std::filesystem::path& folder) {
  return SqliteStore::open(loop, folder / "reeve.db").value();
}
const Engine kSqlite{"sqlite", make};
INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance, ::testing::Values(kSqlite),
                         StoreConformance::name_of);
INSTANTIATE_TEST_SUITE_P(Sqlite, LeaseConformance, ::testing::Values(kSqlite),
                         LeaseConformance::name_of);
INSTANTIATE_TEST_SUITE_P(Sqlite, ReaderConformance, ::testing::Values(kSqlite),
                         ReaderConformance::name_of);

std::unique_ptr<Store> make_strict(async::Loop& loop, const std::filesystem::path& folder) {
  return std::make_unique<StrictStore>(loop, make(loop, folder), Strictness{.seed = 4});
}
const Engine kStrictSqlite{"strict_sqlite", make_strict};
INSTANTIATE_TEST_SUITE_P(StrictSqlite, ReaderConformance, ::testing::Values(kStrictSqlite),
                         ReaderConformance::name_of);

class SqliteStoreTest : public ::testing::Test {
 protected:
  void TearDown() override { stop(); }

  Result<> open(SqliteSettings settings = {}) {
    TRY_ASSIGN(store, SqliteStore::open(loop, file, settings));
    return {};
  }
  Error open_error() {
    auto opened = open();
    EXPECT_FALSE(opened);
    return opened ? Error{} : opened.error();
  }
  void stop() {
    if (!store) return;
    EXPECT_TRUE(await(loop, store->stop()));
    store.reset();
  }
  Result<Revision> commit(std::vector<Write> writes) {
    return await(loop, store->commit({{}, std::move(writes)}));
  }
  void change_database(const std::string& statements) {
    SQLite::Database(file.native(), SQLite::OPEN_READWRITE).exec(statements);
  }

  sys::testing::TempFolder folder;
  VirtualLoop loop;
  std::filesystem::path file = folder / "reeve.db";
  std::unique_ptr<SqliteStore> store;
};

TEST_F(SqliteStoreTest, keeps_everything_from_one_start_to_the_next) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(commit({put("a", "1"), put("b", "1")}));
  ASSERT_TRUE(commit({put("a", "2")}));
  ASSERT_TRUE(commit({removal("b")}));
  stop();

  ASSERT_TRUE(open());

  auto listing = await(loop, store->list("")).value();
  EXPECT_EQ(store->head(), 3u);
  EXPECT_EQ(listing.revision, 3u);
  ASSERT_EQ(listing.entries.size(), 1u);
  EXPECT_EQ(*listing.entries[0].value, "2");
  EXPECT_EQ(listing.entries[0].created, 1u);
  EXPECT_EQ(listing.entries[0].modified, 2u);
  EXPECT_EQ(commit({put("a", "3")}).value(), 4u);
}

TEST_F(SqliteStoreTest, keeps_no_history_from_one_start_to_the_next) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(commit({put("a", "1")}));
  stop();
  ASSERT_TRUE(open());
  Heard before;
  Heard after;

  auto too_old = store->watch(0, before.watcher());
  auto watch = store->watch(1, after.watcher());
  ASSERT_TRUE(commit({put("a", "2")}));

  EXPECT_EQ(before.compacted, 1);
  EXPECT_EQ(after.revisions(), std::vector<Revision>{2});
}

TEST_F(SqliteStoreTest, ends_the_leases_of_the_process_before) {
  ASSERT_TRUE(open());
  auto first = await(loop, store->grant(std::chrono::hours(1))).value();
  auto second = await(loop, store->grant(std::chrono::hours(1))).value();
  ASSERT_TRUE(commit({{"a", bytes("x"), first}, {"b", bytes("x"), second}, put("stays", "x")}));
  stop();

  ASSERT_TRUE(open());

  EXPECT_EQ(await(loop, store->list("")).value().entries.size(), 1u);
  EXPECT_EQ(store->head(), 3u);
  EXPECT_EQ(await(loop, store->keep_alive(first)).error().code, Errc::not_found);
  stop();
  ASSERT_TRUE(open());
  EXPECT_EQ(store->head(), 3u);
}

TEST_F(SqliteStoreTest, is_for_its_owners_eyes_alone) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(commit({put("a", "1")}));

  for (const auto& made : std::filesystem::directory_iterator(folder.path())) {
    struct stat status{};
    ASSERT_EQ(::stat(made.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u) << made.path();
  }
}

TEST_F(SqliteStoreTest, copies_itself_whole_while_it_runs) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(commit({put("a", "1")}));
  auto copied = await(loop, store->copy_to(folder / "copy.db"));
  ASSERT_TRUE(copied) << copied.error().what;
  EXPECT_EQ(*copied, 1u);
  EXPECT_EQ(await(loop, store->copy_to(folder / "copy.db")).error().code, Errc::exists);
  ASSERT_TRUE(commit({put("a", "2")}));
  stop();

  file = folder / "copy.db";
  ASSERT_TRUE(open());
  EXPECT_EQ(store->head(), 1u);
  EXPECT_EQ(*await(loop, store->read("a")).value()->value, "1");
}

TEST_F(SqliteStoreTest, shares_a_flush_among_concurrent_commits) {
  ASSERT_TRUE(open());
  auto write_many = [](SqliteStore& into, int writer) -> Task<Result<>> {
    for (int i = 0; i < 20; ++i) {
      Commit next{{}, {put(fmt::format("{}", writer), fmt::format("{}", i))}};
      CO_TRY(co_await into.commit(std::move(next)));
    }
    co_return Result<>();
  };
  std::vector<async::testing::Outcome<Result<>>> writers;
  writers.reserve(64);
  for (int i = 0; i < 64; ++i) writers.push_back(loop.start(write_many(*store, i)));
  run_until(loop, [&] {
    return std::all_of(writers.begin(), writers.end(), [](auto& w) { return w.is_done(); });
  });

  auto statistics = store->statistics();
  EXPECT_EQ(statistics.commits, 64u * 20);
  EXPECT_LE(statistics.batches * 8, statistics.commits);
}

TEST_F(SqliteStoreTest, tidies_its_log_under_load_and_when_idle) {
  ASSERT_TRUE(
      open({.largest_log = 100'000, .idle_before_checkpoint = std::chrono::milliseconds(1)}));
  auto log = file.native() + "-wal";
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(commit({put("a", std::string(20'000, 'x'))}));

  EXPECT_LT(std::filesystem::file_size(log), 500'000u);
  // The database grows only by checkpoints.
  run_until(loop, [&] {
    return await(loop, store->list("")).has_value() && std::filesystem::file_size(file) > 20'000;
  });
}

TEST_F(SqliteStoreTest, refuses_a_second_opener) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(commit({put("a", "1")}));

  auto second = SqliteStore::open(loop, file, {.busy_timeout = std::chrono::milliseconds(10)});

  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::unavailable);
  EXPECT_THAT(second.error().what, HasSubstr(file.native()));
  EXPECT_TRUE(commit({put("a", "2")}));
}

TEST_F(SqliteStoreTest, refuses_the_format_of_a_newer_reeve_and_leaves_it_alone) {
  ASSERT_TRUE(open());
  stop();
  change_database("UPDATE numbers SET value = 99 WHERE name = 'format'");

  auto error = open_error();

  EXPECT_EQ(error.code, Errc::unsupported);
  EXPECT_THAT(error.what, HasSubstr("has format 99, this reeve knows formats up to 2"));
  EXPECT_EQ(SQLite::Database(file.native()).execAndGet("SELECT max(value) FROM numbers").getInt(),
            99);
}

TEST_F(SqliteStoreTest, refuses_the_database_of_another_program_and_leaves_it_alone) {
  {
    SQLite::Database(file.native(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
        .exec("CREATE TABLE t (x)");
  }
  auto size = std::filesystem::file_size(file);

  auto error = open_error();

  EXPECT_EQ(error.code, Errc::invalid);
  EXPECT_THAT(error.what, HasSubstr("not one of reeve's"));
  EXPECT_EQ(std::filesystem::file_size(file), size);
}

TEST_F(SqliteStoreTest, says_that_a_file_is_no_database) {
  std::ofstream(file) << std::string(10'000, 'x');

  auto error = open_error();

  EXPECT_EQ(error.code, Errc::corrupt);
  EXPECT_THAT(error.what, HasSubstr(file.native()));
  EXPECT_THAT(error.what, HasSubstr("restore a backup"));
}

TEST_F(SqliteStoreTest, says_that_a_database_is_damaged_and_still_serves_the_rest) {
  ASSERT_TRUE(open());
  for (int i = 0; i < 50; ++i)
    ASSERT_TRUE(commit({put(fmt::format("{:02}", i), std::string(6000, 'x'))}));
  stop();
  // The pages of the middle; the header and the tree's root stay whole.
  auto size = std::filesystem::file_size(file);
  std::fstream damage(file, std::ios::in | std::ios::out | std::ios::binary);
  damage.seekp(static_cast<std::streamoff>(size / 2));
  damage << std::string(64 * 1024, '\xff');
  damage.close();

  ASSERT_TRUE(open());
  auto listing = await(loop, store->list(""));

  ASSERT_FALSE(listing);
  EXPECT_EQ(listing.error().code, Errc::corrupt);
  EXPECT_THAT(listing.error().what, HasSubstr(file.native()));
  EXPECT_EQ(await(loop, store->read("00")).value()->modified, 1u);
  EXPECT_TRUE(commit({put("00", "new")}));
}

TEST_F(SqliteStoreTest, says_why_it_cannot_make_its_file) {
  file = folder / "missing" / "reeve.db";
  auto no_folder = open_error();
  std::ofstream(folder / "plain") << "x";
  file = folder / "plain" / "reeve.db";
  auto below_a_file = open_error();
  file = "/proc/reeve.db";
  auto not_writable = open_error();

  for (const auto& error : {no_folder, below_a_file, not_writable}) {
    EXPECT_EQ(error.code, Errc::io);
    EXPECT_THAT(error.what, HasSubstr("cannot create the database"));
  }
  EXPECT_THAT(no_folder.what, HasSubstr((folder / "missing" / "reeve.db").native()));
}

class FullDisk : public SqliteStoreTest {
 protected:
  void SetUp() override {
    if (::mount("none", folder.path().c_str(), "tmpfs", 0, "size=1m") != 0)
      GTEST_SKIP() << "only root may mount a tiny file system";
    is_mounted_ = true;
  }
  void TearDown() override {
    stop();
    if (is_mounted_) ::umount2(folder.path().c_str(), MNT_DETACH);
  }

  /// Something else eats what the device has; answers the first commit that fails.
  Result<Revision> fill() {
    std::ofstream(ballast) << std::string(2 << 20, 'x');
    Result<Revision> last = 0;
    for (int i = 0; last && i < 100; ++i) last = commit({large()});
    return last;
  }
  static Write large() { return put("b", std::string(50'000, 'x')); }

  const std::filesystem::path ballast = folder / "ballast";

 private:
  bool is_mounted_ = false;
};

TEST_F(FullDisk, leaves_a_key_its_lease_when_the_write_that_ends_it_fails) {
  ASSERT_TRUE(open());
  auto lease = await(loop, store->grant(std::chrono::minutes(1))).value();
  auto held = put("held", "1");
  held.lease = lease;
  ASSERT_TRUE(commit({held}));
  ASSERT_FALSE(fill());
  ASSERT_FALSE(commit({put("held", "2"), large()}));
  std::filesystem::remove(ballast);

  ASSERT_TRUE(await(loop, store->revoke(lease)));

  EXPECT_EQ(await(loop, store->read("held")).value(), std::nullopt);
}

TEST_F(FullDisk, fails_commits_but_serves_reads_and_recovers) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(commit({put("a", "1")}));
  auto last = fill();
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().code, Errc::storage_full);
  EXPECT_THAT(last.error().what, HasSubstr(file.native()));
  auto head = store->head();

  EXPECT_EQ(*await(loop, store->read("a")).value()->value, "1");
  EXPECT_EQ(await(loop, store->list("")).value().revision, head);
  std::filesystem::remove(ballast);

  EXPECT_EQ(commit({put("a", "2"), put("b", "x")}).value(), head + 1);
  stop();
  ASSERT_TRUE(open());
  EXPECT_EQ(store->head(), head + 1);
  EXPECT_EQ(*await(loop, store->read("a")).value()->value, "2");
}

}  // namespace
}  // namespace reeve::store
