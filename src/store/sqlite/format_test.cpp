// Stores of older formats, and how they are brought to the newest one.
#include "store/sqlite/format.hpp"

#include "store/catalog/catalog.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/testing/drive.hpp"
#include "sys/testing/temp_folder.hpp"

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <fstream>
#include <iterator>

namespace reeve::store {
namespace {

using namespace testing;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

// Tests run in a build folder, which lies in the tree.
std::string fixture(const std::string& name) {
  auto at = fs::current_path();
  while (!fs::is_directory(at / "tests/fixtures/store") && at != at.root_path())
    at = at.parent_path();
  std::ifstream file(at / "tests/fixtures/store" / name);
  return {std::istreambuf_iterator<char>(file), {}};
}

class StoreFormat : public ::testing::Test {
 protected:
  void write(const std::string& statements) {
    SQLite::Database(file.native(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec(statements);
  }
  std::int64_t number(const fs::path& of, const std::string& name) {
    SQLite::Database database(of.native());
    SQLite::Statement row(database, "SELECT value FROM numbers WHERE name = ?1");
    row.bind(1, name);
    EXPECT_TRUE(row.executeStep());
    return row.getColumn(0).getInt64();
  }
  // What lies beside the store.
  std::vector<fs::path> copies() {
    std::vector<fs::path> found;
    for (const auto& made : fs::directory_iterator(folder.path()))
      if (made.path().filename().native().starts_with("store.db.format-"))
        found.push_back(made.path());
    return found;
  }

  sys::testing::TempFolder folder;
  VirtualLoop loop;
  fs::path file = folder / "store.db";
};

TEST_F(StoreFormat, serves_a_store_of_format_1_as_before) {
  write(fixture("format-1.sql"));

  auto store = SqliteStore::open(loop, file).value();
  Catalog catalog(loop, *store);
  ASSERT_TRUE(await(loop, catalog.start()));

  auto snapshot = catalog.snapshot();
  const auto* service = snapshot->services.find("pay");
  ASSERT_TRUE(service);
  EXPECT_EQ((*service)->head().name, "Pay");
  EXPECT_EQ((*service)->head().revision, 2u);
  EXPECT_EQ((*service)->instances().size(), 2u);
  EXPECT_TRUE(has_eligible((*service)->instances(), (*service)->held()));
  EXPECT_EQ((*service)->subscriptions().size(), 1u);
  EXPECT_EQ(snapshot->tokens.size(), 1u);
  ASSERT_TRUE(await(loop, catalog.stop()));
  ASSERT_TRUE(await(loop, store->stop()));
}

TEST_F(StoreFormat, keeps_a_copy_of_an_older_store_beside_it) {
  write(fixture("format-1.sql"));
  auto head = number(file, "head");
  auto store = SqliteStore::open(loop, file).value();
  ASSERT_TRUE(await(loop, store->commit({{}, {put("a", "1")}})));
  ASSERT_TRUE(await(loop, store->stop()));

  auto made = copies();

  ASSERT_EQ(made.size(), 1u);
  EXPECT_EQ(made[0].filename(), "store.db.format-1.20260101T000000Z");
  EXPECT_EQ(number(made[0], "format"), 1);
  EXPECT_EQ(number(made[0], "head"), head);
  EXPECT_EQ(number(file, "format"), newest_format());
  EXPECT_EQ(number(file, "head"), head + 1);
  struct stat status{};
  ASSERT_EQ(::stat(made[0].c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);

  // The copy is a store by itself.
  ASSERT_TRUE(await(loop, SqliteStore::open(loop, made[0]).value()->stop()));
}

TEST_F(StoreFormat, brings_every_older_format_to_the_newest) {
  for (std::int64_t format = 1; format < newest_format(); ++format) {
    fs::remove(file);
    {
      SQLite::Database database(file.native(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
      for (std::int64_t step = 0; step < format; ++step) take_step(database, step);
    }
    ASSERT_EQ(number(file, "format"), format);

    auto store = SqliteStore::open(loop, file).value();
    ASSERT_TRUE(await(loop, store->commit({{}, {put("a", "1")}})));
    ASSERT_TRUE(await(loop, store->stop()));

    EXPECT_EQ(number(file, "format"), newest_format());
  }
}

TEST_F(StoreFormat, copies_nothing_beside_a_new_store_or_one_of_the_newest_format) {
  ASSERT_TRUE(await(loop, SqliteStore::open(loop, file).value()->stop()));
  ASSERT_TRUE(await(loop, SqliteStore::open(loop, file).value()->stop()));

  EXPECT_TRUE(copies().empty());
}

TEST_F(StoreFormat, leaves_an_older_store_as_it_is_when_it_cannot_be_copied) {
  write(fixture("format-1.sql"));
  std::ofstream(folder / "store.db.format-1.20260101T000000Z") << "in the way";

  auto opened = SqliteStore::open(loop, file);

  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::exists);
  EXPECT_THAT(opened.error().what, HasSubstr("store.db.format-1.20260101T000000Z"));
  EXPECT_EQ(number(file, "format"), 1);
}

TEST_F(StoreFormat, refuses_a_format_that_never_was) {
  write(fixture("format-1.sql") + "UPDATE numbers SET value = 0 WHERE name = 'format';");

  auto opened = SqliteStore::open(loop, file);

  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::corrupt);
}

}  // namespace
}  // namespace reeve::store
