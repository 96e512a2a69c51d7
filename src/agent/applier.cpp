#include "agent/applier.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <utility>

namespace reeve::agent {
namespace {

// How many lists are rendered at a time: bounds the memory of a start with many of them.
constexpr std::size_t kBatch = 64;

/// Adds what is not there yet.
void add_digest(std::vector<std::string>& digests, const std::string& digest) {
  if (std::ranges::find(digests, digest) == digests.end()) digests.push_back(digest);
}

void add_digests(OwnFiles& files, const OwnFiles& more) {
  for (const auto& [path, digests] : more)
    for (const auto& digest : digests) add_digest(files[path], digest);
}

}  // namespace

Applier::Applier(async::Loop& loop, async::BlockingPool& pool, SpecStore& store,
                 discover::Publisher& publisher, ApplierSettings settings, ApplierCalls calls)
    : loop_(loop),
      pool_(pool),
      store_(store),
      publisher_(publisher),
      settings_(std::move(settings)),
      calls_(std::move(calls)),
      states_(settings_.retries, settings_.randomness),
      changed_(loop),
      tasks_(loop, "applier") {}

Task<Result<>> Applier::load() {
  std::function<Result<HeldSpec>()> work = [&store = store_] { return store.load(); };
  CO_TRY_ASSIGN(held_, co_await pool_.run(std::move(work)), "read the spec that is kept here");
  co_return Result<>();
}

void Applier::start() { tasks_.start(run()); }

Task<Result<>> Applier::stop(Duration limit) {
  auto stopped = co_await tasks_.stop(limit);
  co_return stopped;
}

void Applier::offer(link::Spec spec) {
  offered_.push_back(std::move(spec));
  changed_.notify_all();
}

void Applier::abandon() {
  ++offer_;
  offered_.clear();
  changed_.notify_all();
}

std::optional<SpecMark> Applier::mark() const {
  if (is_taking_in_) return std::nullopt;
  return SpecMark{held_.epoch, held_.version, digest_of(held_)};
}

std::vector<link::ListWord> Applier::words() const {
  std::vector<link::ListWord> words;
  words.reserve(held_.lists.size());
  for (const auto& [service, list] : held_.lists) words.push_back(states_.word(service));
  return words;
}

bool Applier::is_settled() const { return is_idle_ && offered_.empty() && states_.is_all_well(); }

Task<> Applier::publish_all() {
  std::vector<std::string> services;
  services.reserve(held_.lists.size());
  for (const auto& [service, list] : held_.lists) services.push_back(service);
  co_await publish(std::move(services));
}

Task<> Applier::run() {
  co_await publish_all();

  while (true) {
    bool is_cancelled = co_await async::is_cancelled();
    if (is_cancelled) co_return;
    if (!offered_.empty()) {
      auto spec = std::move(offered_.front());
      offered_.pop_front();
      is_taking_in_ = true;
      co_await take_in(std::move(spec));
      is_taking_in_ = false;
      continue;
    }
    auto due = states_.due(loop_.now());
    if (!due.empty()) {
      co_await publish(std::move(due));
      continue;
    }
    is_idle_ = true;
    [[maybe_unused]] auto woken = co_await changed_.wait(states_.next_retry());
    is_idle_ = false;
  }
}

Task<> Applier::take_in(link::Spec spec) {
  auto offer = offer_;
  std::vector<std::string> asked;
  asked.reserve(spec.upserts.size());
  for (const auto& upsert : spec.upserts) asked.push_back(upsert.list.uid);
  std::vector<link::ListWord> refusals;
  auto change = work_out(held_, settings_.cluster, std::move(spec));
  if (!change) {
    log::warning("spec refused", {{"why", change.error().what}});
    for (const auto& service : asked) {
      refusals.push_back(states_.word(service));
      refusals.back().error = change.error().what;
    }
  } else {
    for (auto& refusal : change->refusals) {
      log::warning("list refused", {{"service", refusal.service}, {"why", *refusal.error}});
      refusal.applied = states_.of(refusal.service).on_disk;
      refusal.outputs_mark = states_.of(refusal.service).outputs_mark;
    }
    refusals = std::move(change->refusals);
    if (!change->is_nothing) co_await make_so(std::move(*change));
  }
  if (offer == offer_) calls_.on_applied(answer(asked, refusals));
}

Task<> Applier::make_so(SpecChange change) {
  Lists lists;
  for (auto& upsert : change.upserts)
    lists.push_back(std::make_shared<const model::ServiceList>(upsert.list));
  auto publications = co_await plan(std::move(lists));
  auto save = std::make_shared<const SpecSave>(prepare(std::move(change), publications));
  bool is_kept = co_await keep(save);
  if (!is_kept) {
    co_await fall_back_to_disk();
    co_return;
  }
  adopt(*save);
  name_own_files(publications);
  [[maybe_unused]] auto words = co_await write(std::move(publications));
}

/// What the lists' files are from now on: what stands there by our hand, and what is to come.
SpecSave Applier::prepare(SpecChange change,
                          const std::vector<discover::Publication>& publications) const {
  SpecSave save{change.epoch, change.version, {}, {}, held_.left_behind, held_.unknown};
  for (std::size_t i = 0; i < change.upserts.size(); ++i) {
    auto& upsert = change.upserts[i];
    HeldList entry;
    if (auto here = held_.lists.find(upsert.list.uid); here != held_.lists.end()) {
      entry.files = here->second.files;
      entry.unknown = here->second.unknown;
    }
    for (const auto& file : publications[i].files) {
      auto& digests = entry.files[file.place.path];
      if (auto left = held_.left_behind.find(file.place.path); left != held_.left_behind.end())
        for (const auto& digest : left->second) add_digest(digests, digest);
      if (!publications[i].is_removal) add_digest(digests, file.digest);
    }
    entry.digest = std::move(upsert.digest);
    entry.list = std::make_shared<const model::ServiceList>(std::move(upsert.list));
    auto service = entry.list->uid;
    save.upserts.insert_or_assign(std::move(service), std::move(entry));
  }
  for (const auto& service : change.removals)
    add_digests(save.left_behind, held_.lists.at(service).files);
  save.removals = std::move(change.removals);
  return save;
}

/// Goes on trying for as long as the manager wants an answer; false when it does not any more.
Task<bool> Applier::keep(std::shared_ptr<const SpecSave> save) {
  auto offer = offer_;
  std::string last;
  Pauses pauses(settings_.retries, settings_.randomness);
  while (true) {
    std::function<Result<>()> work = [save, &store = store_] { return store.save(*save); };
    auto saved = co_await pool_.run(std::move(work));
    if (saved) co_return true;
    if (std::exchange(last, saved.error().what) != saved.error().what)
      tell_unkept(*save, saved.error());
    auto again = loop_.now() + pauses.next();
    while (offer == offer_ && loop_.now() < again) {
      auto woken = co_await changed_.wait(again);
      if (!woken && woken.error().code == Errc::cancelled) co_return false;
    }
    if (offer != offer_) co_return false;
  }
}

/// A save was given up half done: what we hold is what the disk says, or nobody knows it.
Task<> Applier::fall_back_to_disk() {
  bool is_cancelled = co_await async::is_cancelled();
  if (is_cancelled) co_return;
  auto loaded = co_await load();
  if (!loaded) log::error("spec unknown", {{"why", loaded.error().what}});
  co_await publish_all();
}

void Applier::adopt(const SpecSave& save) {
  held_.cluster = settings_.cluster;
  held_.epoch = save.epoch;
  held_.version = save.version;
  held_.left_behind = save.left_behind;
  for (const auto& [service, list] : save.upserts) held_.lists.insert_or_assign(service, list);
  for (const auto& service : save.removals) {
    held_.lists.erase(service);
    states_.forget(service);
    publisher_.forget(service);
  }
}

Task<std::vector<discover::Publication>> Applier::plan(Lists lists) {
  std::function<std::vector<discover::Publication>()> work = [lists = std::move(lists),
                                                              &settings = publisher_.settings()] {
    std::vector<discover::Publication> publications;
    for (const auto& list : lists)
      publications.push_back(discover::plan_files(*list, settings.roots, settings.digest));
    return publications;
  };
  auto publications = co_await pool_.run(std::move(work));
  co_return publications;
}

/// Of what is held; in batches, and tells what changed by it.
Task<> Applier::publish(std::vector<std::string> services) {
  for (std::size_t begin = 0; begin < services.size(); begin += kBatch) {
    Lists lists;
    for (std::size_t i = begin; i < std::min(begin + kBatch, services.size()); ++i)
      lists.push_back(held_.lists.at(services[i]).list);
    auto publications = co_await plan(std::move(lists));
    name_own_files(publications);
    auto words = co_await write(std::move(publications));
    tell(std::move(words));
    bool is_cancelled = co_await async::is_cancelled();
    if (is_cancelled) co_return;
  }
}

void Applier::name_own_files(std::vector<discover::Publication>& publications) const {
  for (auto& publication : publications) {
    const auto& own = held_.lists.at(publication.service).files;
    for (auto& file : publication.files)
      if (auto found = own.find(file.place.path); found != own.end()) file.own = found->second;
  }
}

/// Answers the words that are others now.
Task<std::vector<link::ListWord>> Applier::write(std::vector<discover::Publication> publications) {
  auto results = co_await publisher_.publish(std::move(publications));
  std::vector<link::ListWord> words;
  for (const auto& result : results) {
    auto& held = held_.lists.at(result.service);
    for (const auto& [path, digest] : result.files) held.files[path] = {digest};
    if (!states_.note(result, *held.list, loop_.now())) continue;
    words.push_back(states_.word(result.service));
    if (result.error)
      log::error("list not published", {{"service", held.list->service}, {"why", *result.error}});
  }
  co_return words;
}

link::Applied Applier::answer(const std::vector<std::string>& asked,
                              const std::vector<link::ListWord>& refusals) const {
  link::Applied applied;
  applied.version = held_.version;
  applied.digest = digest_of(held_);
  applied.lists = refusals;
  for (const auto& service : asked) {
    bool is_refused = std::ranges::any_of(
        refusals, [&](const auto& refusal) { return refusal.service == service; });
    if (!is_refused) applied.lists.push_back(states_.word(service));
  }
  return applied;
}

void Applier::tell_unkept(const SpecSave& save, const Error& why) {
  log::error("spec not kept", {{"version", save.version}, {"why", why.what}});
  std::vector<link::ListWord> words;
  for (const auto& [service, list] : save.upserts) {
    words.push_back(states_.word(service));
    words.back().error = "cannot keep the spec: " + why.what;
  }
  tell(std::move(words));
}

void Applier::tell(std::vector<link::ListWord> words) {
  if (!words.empty()) calls_.on_words(std::move(words));
}

}  // namespace reeve::agent
