#include "agent/applier.hpp"

#include "agent/upkeep/hook_marks.hpp"
#include "base/log.hpp"

#include <algorithm>
#include <utility>

namespace reeve::agent {
namespace {

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
  for (const auto& [service, list] : held_.lists) words.push_back(word(service));
  for (const auto& [service, refused] : held_.refused)
    if (!held_.lists.contains(service)) words.push_back(word(service));
  return words;
}

link::ListWord Applier::word(const std::string& service) const {
  auto word = states_.word(service);
  auto refused = held_.refused.find(service);
  if (refused != held_.refused.end()) word.error = refused->second.error;
  return word;
}

bool Applier::is_settled() const {
  return is_idle_ && offered_.empty() && states_.is_all_well() && next_work() > loop_.now();
}

Task<> Applier::run() {
  co_await look_at_hooked();
  co_await publish_all();

  while (true) {
    bool is_cancelled = co_await async::is_cancelled();
    if (is_cancelled) co_return;
    bool has_worked = co_await do_next();
    if (has_worked) continue;
    is_idle_ = true;
    [[maybe_unused]] auto woken = co_await changed_.wait(next_work());
    is_idle_ = false;
  }
}

/// What was offered goes before what is only to be tried or looked at again. False: nothing to do.
Task<bool> Applier::do_next() {
  if (!offered_.empty()) {
    auto spec = std::move(offered_.front());
    offered_.pop_front();
    is_taking_in_ = true;
    co_await take_in(std::move(spec));
    is_taking_in_ = false;
    co_return true;
  }
  if (auto due = states_.due(loop_.now()); !due.empty()) {
    co_await publish(std::move(due));
    co_return true;
  }
  std::vector<std::string> suspected;
  for (const auto& [service, when] : suspects_)
    if (when <= loop_.now()) suspected.push_back(service);
  if (!suspected.empty()) {
    for (const auto& service : suspected) suspects_.erase(service);
    co_await look(std::move(suspected));
    co_return true;
  }
  bool may_save = !unsaved_.empty() && save_at_ <= loop_.now();
  if (may_save) co_await save_marks();
  co_return may_save;
}

Instant Applier::next_work() const {
  auto next = states_.next_retry();
  for (const auto& [service, when] : suspects_) next = std::min(next, when);
  return unsaved_.empty() ? next : std::min(next, save_at_);
}

Task<> Applier::take_in(link::Spec spec) {
  auto offer = offer_;
  std::vector<std::string> asked;
  asked.reserve(spec.upserts.size());
  for (const auto& upsert : spec.upserts) asked.push_back(upsert.list.uid);
  std::vector<link::ListWord> refusals;
  bool is_whole = spec.whole;
  auto change = work_out(held_, settings_.cluster, std::move(spec));
  if (!change) {
    log::warning("spec refused", {{"why", change.error().what}});
    for (const auto& service : asked) {
      refusals.push_back(word(service));
      refusals.back().error = change.error().what;
    }
  } else {
    for (auto& refusal : change->refusals) {
      log::warning("list refused", {{"service", refusal.service}, {"why", *refusal.error}});
      refusal.applied = states_.of(refusal.service).on_disk;
      refusal.outputs_mark = states_.of(refusal.service).outputs_mark;
    }
    refusals = std::move(change->refusals);
    note_refused(asked, *change, is_whole);
    if (!change->is_nothing) co_await make_so(std::move(*change));
  }
  if (offer == offer_) calls_.on_applied(answer(asked, refusals));
}

void Applier::note_refused(const std::vector<std::string>& asked, SpecChange& change,
                           bool is_whole) {
  if (is_whole) held_.refused.clear();
  for (const auto& service : asked) held_.refused.erase(service);
  for (const auto& service : change.removals) held_.refused.erase(service);
  for (auto& [service, refused] : change.refused)
    held_.refused.insert_or_assign(service, std::move(refused));
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
    bool has_other_outputs = false;
    if (auto here = held_.lists.find(upsert.list.uid); here != held_.lists.end()) {
      entry.files = here->second.files;
      entry.unknown = here->second.unknown;
      entry.hooked = here->second.hooked;
      has_other_outputs = here->second.list->outputs != upsert.list.outputs;
    }
    for (const auto& file : publications[i].files) {
      auto [at, is_new] = entry.files.try_emplace(file.place.path);
      auto& digests = at->second;
      // Not with these outputs' mode and owner, either, before it is written with them.
      if (is_new || has_other_outputs) add_digest(digests, "");
      if (auto left = held_.left_behind.find(file.place.path); left != held_.left_behind.end())
        for (const auto& digest : left->second) add_digest(digests, digest);
      if (!publications[i].is_removal) add_digest(digests, file.digest);
    }
    entry.digest = std::move(upsert.digest);
    entry.list = std::make_shared<const model::ServiceList>(std::move(upsert.list));
    begin_marks(entry, publisher_.settings().roots);
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
    suspects_.erase(service);
    unsaved_.erase(service);
    calls_.on_files(service, {});
  }
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
    if (!is_refused) applied.lists.push_back(word(service));
  }
  return applied;
}

void Applier::tell_unkept(const SpecSave& save, const Error& why) {
  log::error("spec not kept", {{"version", save.version}, {"why", why.what}});
  std::vector<link::ListWord> words;
  for (const auto& [service, list] : save.upserts) {
    words.push_back(word(service));
    words.back().error = "cannot keep the spec: " + why.what;
  }
  tell(std::move(words));
}

void Applier::tell(std::vector<link::ListWord> words) {
  if (!words.empty()) calls_.on_words(std::move(words));
}

}  // namespace reeve::agent
