// The promises of store.hpp to a reader that lists and watches, and lists again when it must.
#include "store/testing/conformance.hpp"

#include <fmt/core.h>

#include <map>
#include <random>
#include <set>

namespace reeve::store::testing {

std::string ReaderConformance::name_of(const ::testing::TestParamInfo<Engine>& engine) {
  return engine.param.name;
}

namespace {

class Reader {
 public:
  Reader(VirtualLoop& loop, Store& store) : loop_(loop), store_(store) { begin(); }

  bool has_reached(Revision revision) const { return seen_ >= revision; }
  const std::map<std::string, std::string>& image() const { return image_; }

 private:
  void begin() { listings_.push_back(loop_.start(list())); }

  Task<bool> list() {
    auto listing = co_await store_.list("");
    image_.clear();
    for (const auto& entry : listing.value().entries) image_[entry.key] = *entry.value;
    EXPECT_GE(listing->revision, seen_) << "what was seen is gone";
    seen_ = listing->revision;
    watch_ =
        store_.watch(seen_, {[this](std::vector<Batch> news) { take(news); }, [this] { begin(); }});
    co_return true;
  }

  void take(const std::vector<Batch>& news) {
    for (const auto& batch : news) {
      EXPECT_EQ(batch.revision, ++seen_);
      for (const auto& write : batch.writes) {
        if (write.value)
          image_[write.key] = *write.value;
        else
          image_.erase(write.key);
      }
    }
  }

  VirtualLoop& loop_;
  Store& store_;
  Revision seen_ = 0;
  std::map<std::string, std::string> image_;
  std::unique_ptr<Watch> watch_;
  std::vector<async::testing::Outcome<bool>> listings_;
};

Commit any_commit(std::mt19937& random) {
  Commit commit;
  std::set<std::string> keys;
  for (auto i = random() % 5; i > 0; --i) keys.insert(fmt::format("{:02}", random() % 30));
  for (const auto& key : keys)
    commit.writes.push_back(random() % 3 == 0 ? removal(key)
                                              : put(key, fmt::format("{}", random())));
  return commit;
}

TEST_P(ReaderConformance, lets_readers_that_list_again_see_what_is_there) {
  std::mt19937 random(1);
  std::vector<std::unique_ptr<Reader>> readers;
  std::vector<async::testing::Outcome<Result<Revision>>> commits;
  for (int round = 0; round < 60; ++round) {
    if (round % 20 == 0) readers.push_back(std::make_unique<Reader>(loop, *store));
    for (int i = 0; i < 5; ++i) commits.push_back(loop.start(store->commit(any_commit(random))));
    hear([&] { return commits.back().is_done(); });
    if (round % 7 == 0) ASSERT_TRUE(await(store->compact(store->head())));
  }

  for (const auto& reader : readers) {
    hear([&] { return reader->has_reached(300); });
    std::map<std::string, std::string> expected;
    for (const auto& entry : list().entries) expected[entry.key] = *entry.value;
    EXPECT_EQ(reader->image(), expected);
  }
}

}  // namespace
}  // namespace reeve::store::testing
