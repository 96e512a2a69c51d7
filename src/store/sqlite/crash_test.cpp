// kill -9 in the middle of commits, with a second process that is this same test program.
#include "base/unique_fd.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/testing/drive.hpp"
#include "sys/testing/temp_folder.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <map>

namespace reeve::store {
namespace {

using namespace testing;

constexpr const char* kFileVariable = "REEVE_STORE_CRASH_TEST_FILE";
constexpr int kWords = 3;             // the child's end of the pipe
constexpr std::size_t kEnough = 300;  // acknowledgements before the kill
constexpr int kWriters = 8;

/// What the child has been promised: commit `revision` wrote `value` under this writer's key.
struct Acknowledged {
  Revision revision;
  int writer;
  int value;
};

Task<> write_for_ever(Store& store, int writer, int from) {
  for (int value = from;; ++value) {
    // Two keys in one commit: never is one there without the other.
    auto text = fmt::format("{}", value);
    Commit commit{
        {},
        {put(fmt::format("left/{}", writer), text), put(fmt::format("right/{}", writer), text)}};
    auto done = co_await store.commit(std::move(commit));
    Acknowledged word{done.value(), writer, value};
    if (::write(kWords, &word, sizeof word) != sizeof word) ::_exit(1);
  }
}

// The child's part; it is killed.
TEST(SqliteCrash, DISABLED_child_commits_until_it_is_killed) {
  const char* file = ::getenv(kFileVariable);
  ASSERT_NE(file, nullptr) << "started by recovers_all_that_was_acknowledged alone";
  VirtualLoop loop;
  auto store = SqliteStore::open(loop, file, {.largest_log = 200'000}).value();
  std::vector<async::testing::Outcome<int>> never;
  never.reserve(kWriters);
  auto answer = [](Task<> task) -> Task<int> {
    co_await std::move(task);
    co_return 0;
  };
  int from = static_cast<int>(store->head()) + 1;
  for (int writer = 0; writer < kWriters; ++writer)
    never.push_back(loop.start(answer(write_for_ever(*store, writer, from))));
  run_until(loop, [] { return false; });
}

struct Child {
  pid_t pid = 0;
  UniqueFd words;
};

Child start_child(const std::filesystem::path& file) {
  ::setenv(kFileVariable, file.c_str(), 1);
  int ends[2];
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  Child child{0, UniqueFd(ends[0])};
  UniqueFd theirs(ends[1]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, theirs.get(), kWords);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  std::array<const char*, 4> arguments = {
      "store_test", "--gtest_filter=SqliteCrash.DISABLED_child_commits_until_it_is_killed",
      "--gtest_also_run_disabled_tests", nullptr};
  EXPECT_EQ(::posix_spawn(&child.pid, "/proc/self/exe", &actions, nullptr,
                          const_cast<char**>(arguments.data()), environ),
            0);
  posix_spawn_file_actions_destroy(&actions);
  return child;
}

// Everything it was promised, also what was still in the pipe when it died.
std::vector<Acknowledged> kill_in_the_middle(Child child) {
  std::vector<Acknowledged> words;
  Acknowledged word{};
  while (::read(child.words.get(), &word, sizeof word) == sizeof word) {
    words.push_back(word);
    if (words.size() == kEnough) ::kill(child.pid, SIGKILL);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child.pid, &status, 0), child.pid);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself";
  return words;
}

int number_at(const Listing& listing, const std::string& key) {
  for (const auto& entry : listing.entries)
    if (entry.key == key) return std::stoi(*entry.value);
  return 0;
}

TEST(SqliteCrash, recovers_all_that_was_acknowledged) {
  sys::testing::TempFolder folder;
  auto file = folder / "reeve.db";
  Revision highest = 0;
  for (int round = 0; round < 5; ++round) {
    auto words = kill_in_the_middle(start_child(file));
    ASSERT_GE(words.size(), kEnough);
    std::map<int, int> promised;
    for (const auto& word : words) {
      EXPECT_GT(word.revision, highest) << "a revision was given twice";
      highest = word.revision;
      promised[word.writer] = word.value;
    }

    VirtualLoop loop;
    auto store = SqliteStore::open(loop, file).value();
    auto listing = await(loop, store->list("")).value();

    EXPECT_GE(listing.revision, highest);
    for (auto [writer, value] : promised) {
      int left = number_at(listing, fmt::format("left/{}", writer));
      // One more may have become durable without its answer.
      EXPECT_TRUE(left == value || left == value + 1) << left << " after promise of " << value;
      EXPECT_EQ(left, number_at(listing, fmt::format("right/{}", writer)));
    }
    highest = listing.revision;
    EXPECT_TRUE(await(loop, store->stop()));
  }
}

}  // namespace
}  // namespace reeve::store
