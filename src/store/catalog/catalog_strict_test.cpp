// Whatever befalls its watch, the catalog ends as one that is started afterwards, and so does a
// listener that looks only at what it is told was touched.
#include "store/catalog/catalog.hpp"
#include "store/catalog/keys.hpp"
#include "store/catalog/packed.hpp"
#include "store/testing/drive.hpp"
#include "store/testing/memory_store.hpp"
#include "store/testing/strict_store.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>

namespace reeve::store {
namespace {

using namespace testing;

/// Edits as they come from many people: services made, edited, held, renamed and removed.
class Edits {
 public:
  explicit Edits(std::uint64_t seed) : random_(seed) {}

  std::vector<Write> next() {
    auto& service = services_[random_() % services_.size()];
    if (service.uid.empty() || random_() % 4 == 0) return write(service);
    switch (random_() % 4) {
      case 0: return hold(service);
      case 1: return rename(service);
      case 2: return remove(service);
      default: return {put(keys::node(fmt::format("n{}", random_() % 9)), node())};
    }
  }

 private:
  struct Service {
    std::string uid, name;
    std::uint64_t revision = 0;
  };

  template <class T>
  static Write document(std::string key, const T& value) {
    return {std::move(key), pack(json::encode_text(value)).value()};
  }
  std::string node() {
    model::StoredNode node;
    node.uid = node.name = fmt::format("{}", random_());
    return json::encode_text(node);
  }
  std::vector<Write> write(Service& service) {
    if (service.uid.empty()) {
      service.uid = fmt::format("u{}", ++made_);
      service.name = fmt::format("s{}", made_);
    }
    model::StoredService head;
    head.uid = service.uid;
    head.name = service.name;
    head.revision = ++service.revision;
    model::StoredContent content;
    content.instances.resize(random_() % 300);
    for (auto& instance : content.instances)
      instance.port = static_cast<std::uint16_t>(random_() % 60000 + 1);
    return {document(keys::service(service.name), head),
            document(keys::content(service.uid, service.revision), content)};
  }
  std::vector<Write> hold(const Service& service) {
    model::StoredLive live;
    live.held.push_back({fmt::format("10.0.0.1:{}", random_() % 100), {model::Hold{}}});
    return {document(keys::live(service.uid), live)};
  }
  std::vector<Write> rename(Service& service) {
    auto removed = removal(keys::service(service.name));
    service.name = fmt::format("renamed{}", ++made_);
    auto writes = write(service);
    writes.push_back(removed);
    return writes;
  }
  std::vector<Write> remove(Service& service) {
    auto gone = std::exchange(service, {});
    return {removal(keys::service(gone.name)), removal(keys::live(gone.uid)),
            removal(keys::content(gone.uid, gone.revision))};
  }

  std::mt19937_64 random_;
  std::array<Service, 6> services_;
  int made_ = 0;
};

using Image = std::map<std::string, std::string>;

std::string summary(const ServiceEntry& service) {
  return fmt::format("{} {} revision {} version {} instances {} held {}", service.head().uid,
                     service.head().name, service.head().revision, service.version(),
                     service.instances().size(), service.held().size());
}

Image image_of(const Snapshot& snapshot) {
  Image image;
  for (const auto& [name, service] : snapshot.services)
    image["service " + name] = summary(*service);
  for (const auto& [name, node] : snapshot.nodes) image["node " + name] = node->value.uid;
  return image;
}

Image revisions_of(const Snapshot& snapshot) {
  Image image;
  for (const auto& [uid, stored] : snapshot.revisions)
    for (auto revision : *stored) image[uid] += fmt::format(" {}", revision);
  return image;
}

/// Keeps an image by what it is told alone.
void follow(Image& image, const Snapshot& after, const Touched& touched) {
  for (const auto& name : touched.services) {
    image.erase("service " + name);
    if (const auto* found = after.services.find(name)) image["service " + name] = summary(**found);
  }
  for (const auto& name : touched.nodes) {
    image.erase("node " + name);
    if (const auto* found = after.nodes.find(name)) image["node " + name] = (*found)->value.uid;
  }
}

class StrictCatalog : public ::testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, StrictCatalog, ::testing::Range<std::uint64_t>(1, 11));

TEST_P(StrictCatalog, ends_as_one_that_is_started_afterwards) {
  VirtualLoop loop;
  StrictStore store(loop, std::make_unique<MemoryStore>(loop), {.seed = GetParam()});
  Catalog catalog(loop, store);
  Image told;
  catalog.on_change([&](const Snapshot&, const SnapshotPtr& after, const Touched& touched) {
    follow(told, *after, touched);
  });
  ASSERT_TRUE(await(loop, catalog.start()));
  Edits edits(GetParam());

  for (int i = 0; i < 60; ++i) {
    std::vector<async::testing::Outcome<Result<Revision>>> commits;
    for (int j = 0; j < 5; ++j) commits.push_back(loop.start(store.commit({{}, edits.next()})));
    run_until(loop, [&] { return commits.back().is_done(); });
  }
  ASSERT_TRUE(await(loop, catalog.reached(store.head())));

  Catalog fresh(loop, store);
  ASSERT_TRUE(await(loop, fresh.start()));
  EXPECT_GT(store.dropped(), 0);
  EXPECT_EQ(image_of(*catalog.snapshot()), image_of(*fresh.snapshot()));
  EXPECT_EQ(revisions_of(*catalog.snapshot()), revisions_of(*fresh.snapshot()));
  EXPECT_EQ(told, image_of(*fresh.snapshot()));
  ASSERT_TRUE(await(loop, catalog.stop()));
  ASSERT_TRUE(await(loop, fresh.stop()));
}

}  // namespace
}  // namespace reeve::store
