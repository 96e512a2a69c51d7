#include "store/catalog/catalog.hpp"

#include "base/log.hpp"
#include "store/catalog/builder.hpp"
#include "store/catalog/keys.hpp"

namespace reeve::store {
namespace {

constexpr Duration kRelistPause = std::chrono::seconds(1);

template <class Map>
void touch_all(const Map& map, std::set<std::string>& names) {
  for (const auto& item : map) names.insert(item.key);
}

// After a gap nobody knows what changed: everything that was or is.
Touched everything(const Snapshot& before, const Snapshot& after) {
  Touched touched;
  for (const auto* snapshot : {&before, &after}) {
    touch_all(snapshot->services, touched.services);
    touch_all(snapshot->nodes, touched.nodes);
    touch_all(snapshot->programs, touched.programs);
    touch_all(snapshot->operations, touched.operations);
    touch_all(snapshot->notices, touched.notices);
    touch_all(snapshot->audit, touched.audit);
    touch_all(snapshot->tokens, touched.tokens);
    touch_all(snapshot->join_tokens, touched.join_tokens);
    touch_all(snapshot->removed_nodes, touched.removed_nodes);
    touch_all(snapshot->removed_keys, touched.removed_keys);
  }
  return touched;
}

}  // namespace

Catalog::Catalog(async::Loop& domain, Store& store)
    : domain_(domain), store_(store), advanced_(domain), tasks_(domain, "catalog") {}

Task<Result<>> Catalog::start() {
  CO_TRY_ASSIGN(auto listing, co_await store_.list(std::string(keys::kRoot)), "reading the store");
  CO_TRY(load(listing));
  follow(listing.revision);
  co_return Result<>();
}

Task<Result<>> Catalog::stop() {
  watch_.reset();
  return tasks_.stop(std::chrono::seconds(5));
}

Result<> Catalog::load(const Listing& listing) {
  ServiceNames names;
  const Snapshot nothing;
  SnapshotBuilder builder(nothing, names);
  for (const auto& entry : listing.entries)
    TRY(builder.write(entry.key, entry.value, entry.modified));
  Touched touched;
  TRY_ASSIGN(auto next, builder.build(listing.revision, touched));
  service_names_ = std::move(names);
  auto before = snapshot();
  show(next, everything(*before, *next));
  return {};
}

void Catalog::follow(Revision after) {
  watch_ = store_.watch(after, {[this](std::vector<Batch> batches) { apply(std::move(batches)); },
                                [this] { tasks_.start(relist()); }});
}

void Catalog::apply(std::vector<Batch> batches) {
  auto before = snapshot();
  SnapshotBuilder builder(*before, service_names_);
  auto write_all = [&]() -> Result<> {
    for (const auto& batch : batches)
      for (const auto& write : batch.writes)
        TRY(builder.write(write.key, write.value, batch.revision));
    return {};
  };
  Touched touched;
  auto written = write_all();
  Result<SnapshotPtr> next = written ? builder.build(batches.back().revision, touched)
                                     : Result<SnapshotPtr>(fail(written.error()));
  if (!next) {
    // Only a damaged store or a stranger's write leads here. Listing again tells which, and goes on
    // trying: better an image that stands still, and says so, than one that leaves things out.
    log::error("the store's changes cannot be read", {{"why", next.error().what}});
    watch_.reset();
    tasks_.start(relist());
    return;
  }
  show(*next, touched);
}

void Catalog::show(SnapshotPtr next, const Touched& touched) {
  auto before = snapshot();
  {
    std::lock_guard lock(mutex_);
    current_ = next;
  }
  for (const auto& listener : listeners_) listener(*before, next, touched);
  advanced_.notify_all();
}

Task<> Catalog::relist() {
  for (;;) {
    auto listing = co_await store_.list(std::string(keys::kRoot));
    Result<> loaded = listing ? load(*listing) : Result<>(fail(listing.error()));
    if (loaded) {
      follow(listing->revision);
      co_return;
    }
    log::error("the catalog cannot be rebuilt", {{"why", loaded.error().what}});
    auto slept = co_await domain_.sleep_for(kRelistPause);
    if (!slept) co_return;
  }
}

Task<Result<>> Catalog::reached(Revision revision) {
  while (snapshot()->revision < revision) {
    CO_TRY(co_await advanced_.wait());
  }
  co_return Result<>();
}

}  // namespace reeve::store
