#include "agent/applier.hpp"

#include "agent/upkeep/hook_marks.hpp"
#include "base/log.hpp"

#include <algorithm>
#include <iterator>
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

void Applier::start() {
  calls_.on_programs(held_.programs);
  tasks_.start(run());
}

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

link::ProgramWord Applier::program_word(const std::string& uid) const {
  link::ProgramWord word{.program = uid};
  if (auto held = held_.programs.find(uid); held != held_.programs.end())
    word.applied = {held->second.program->revision, held->second.program->version};
  calls_.complete(word);
  auto refused = held_.refused_programs.find(uid);
  if (refused != held_.refused_programs.end()) word.error = refused->second.error;
  return word;
}

std::vector<link::ProgramWord> Applier::program_words() const {
  std::vector<link::ProgramWord> words;
  words.reserve(held_.programs.size());
  for (const auto& [uid, program] : held_.programs) words.push_back(program_word(uid));
  for (const auto& [uid, refused] : held_.refused_programs)
    if (!held_.programs.contains(uid)) words.push_back(program_word(uid));
  return words;
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

Applier::Asked Applier::asked_by(const link::Spec& spec) {
  Asked asked;
  asked.services.reserve(spec.upserts.size());
  for (const auto& upsert : spec.upserts) asked.services.push_back(upsert.list.uid);
  asked.has_programs = spec.programs.has_value();
  if (!spec.programs) return asked;
  asked.programs.reserve(spec.programs->size());
  for (const auto& upsert : *spec.programs) asked.programs.push_back(upsert.program.uid);
  return asked;
}

Task<> Applier::take_in(link::Spec spec) {
  auto offer = offer_;
  auto asked = asked_by(spec);
  Refusals refusals;
  bool is_whole = spec.whole;
  auto change = work_out(held_, settings_.cluster, std::move(spec));
  if (!change) {
    log::warning("spec refused", {{"why", change.error().what}});
    refusals = refuse(asked, change.error());
  } else {
    refusals = take_refusals(*change);
    note_refused(asked, *change, is_whole);
    if (!change->is_nothing) co_await make_so(std::move(*change));
  }
  if (offer == offer_) calls_.on_applied(answer(asked, refusals));
}

Applier::Refusals Applier::refuse(const Asked& asked, const Error& why) const {
  Refusals refusals;
  for (const auto& service : asked.services) {
    refusals.lists.push_back(word(service));
    refusals.lists.back().error = why.what;
  }
  for (const auto& program : asked.programs) {
    refusals.programs.push_back(program_word(program));
    refusals.programs.back().error = why.what;
  }
  return refusals;
}

Applier::Refusals Applier::take_refusals(SpecChange& change) const {
  for (auto& refusal : change.refusals) {
    log::warning("list refused", {{"service", refusal.service}, {"why", *refusal.error}});
    refusal.applied = states_.of(refusal.service).on_disk;
    refusal.outputs_mark = states_.of(refusal.service).outputs_mark;
  }
  for (auto& refusal : change.program_refusals) {
    log::warning("program refused", {{"program", refusal.program}, {"why", *refusal.error}});
    refusal.applied = program_word(refusal.program).applied;
    calls_.complete(refusal);
  }
  return {std::move(change.refusals), std::move(change.program_refusals)};
}

void Applier::note_refused(const Asked& asked, SpecChange& change, bool is_whole) {
  if (is_whole) held_.refused.clear();
  for (const auto& service : asked.services) held_.refused.erase(service);
  for (const auto& service : change.removals) held_.refused.erase(service);
  for (auto& [service, refused] : change.refused)
    held_.refused.insert_or_assign(service, std::move(refused));
  if (is_whole && asked.has_programs) held_.refused_programs.clear();
  for (const auto& program : asked.programs) held_.refused_programs.erase(program);
  for (const auto& program : change.gone_programs) held_.refused_programs.erase(program);
  for (auto& [program, refused] : change.refused_programs)
    held_.refused_programs.insert_or_assign(program, std::move(refused));
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
  std::ranges::move(change.gone_programs, std::back_inserter(save.removals));
  for (auto& upsert : change.programs) {
    auto program = std::make_shared<const model::PlacedProgram>(std::move(upsert.program));
    auto here = held_.programs.find(program->uid);
    auto unknown = here == held_.programs.end() ? json::Object() : here->second.unknown;
    save.programs[program->uid] = {std::move(upsert.digest), program, std::move(unknown)};
  }
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
  calls_.on_programs(held_.programs);
  co_await publish_all();
}

void Applier::adopt(const SpecSave& save) {
  held_.cluster = settings_.cluster;
  held_.epoch = save.epoch;
  held_.version = save.version;
  held_.left_behind = save.left_behind;
  for (const auto& [service, list] : save.upserts) held_.lists.insert_or_assign(service, list);
  bool has_other_programs = !save.programs.empty();
  for (const auto& [uid, program] : save.programs) held_.programs.insert_or_assign(uid, program);
  for (const auto& service : save.removals) {
    if (held_.programs.erase(service) > 0) {
      has_other_programs = true;
      continue;
    }
    held_.lists.erase(service);
    states_.forget(service);
    publisher_.forget(service);
    suspects_.erase(service);
    unsaved_.erase(service);
    calls_.on_files(service, {});
  }
  if (has_other_programs) calls_.on_programs(held_.programs);
}

link::Applied Applier::answer(const Asked& asked, const Refusals& refusals) const {
  link::Applied applied;
  applied.version = held_.version;
  applied.digest = digest_of(held_);
  applied.lists = refusals.lists;
  for (const auto& service : asked.services) {
    bool is_refused = std::ranges::any_of(
        refusals.lists, [&](const auto& refusal) { return refusal.service == service; });
    if (!is_refused) applied.lists.push_back(word(service));
  }
  if (!asked.has_programs) return applied;
  applied.programs = refusals.programs;
  for (const auto& program : asked.programs) {
    bool is_refused = std::ranges::any_of(
        refusals.programs, [&](const auto& refusal) { return refusal.program == program; });
    if (!is_refused) applied.programs->push_back(program_word(program));
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
