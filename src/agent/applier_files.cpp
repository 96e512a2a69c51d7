// The applier's files: how lists are published, looked at again, and put back.
#include "agent/applier.hpp"
#include "agent/upkeep/hook_marks.hpp"
#include "base/log.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace reeve::agent {
namespace {

using namespace std::chrono_literals;

// How many lists are rendered at a time: bounds the memory of a start with many of them.
constexpr std::size_t kBatch = 64;
// After a save of marks failed, which is not urgent.
constexpr Duration kSaveAgain = 30s;

constexpr const char* kLeftAlone =
    "somebody changes it again and again: it is left alone for a while, then put back";

// What stands there by our hand for certain.
std::vector<discover::WrittenFile> files_as_written(const HeldList& held,
                                                    const std::vector<std::string>& roots) {
  std::vector<discover::WrittenFile> written;
  const auto& list = *held.list;
  for (const auto& output : list.outputs.empty() ? model::default_outputs() : list.outputs) {
    auto placed = discover::place(output, list.service, roots);
    auto mode = discover::parse_mode(output.mode);
    if (!placed || !mode) continue;
    auto file = held.files.find(placed->path);
    bool is_certain = file != held.files.end() && file->second.size() == 1;
    if (is_certain)
      written.push_back({list.uid, placed->path, file->second.front(), *mode, output.owner});
  }
  return written;
}

}  // namespace

Task<> Applier::publish_all() {
  std::vector<std::string> services;
  services.reserve(held_.lists.size());
  for (const auto& [service, list] : held_.lists) services.push_back(service);
  co_await publish(std::move(services));
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

void Applier::name_own_files(std::vector<discover::Publication>& publications) {
  for (auto& publication : publications) {
    const auto& own = held_.lists.at(publication.service).files;
    for (auto& file : publication.files) {
      if (auto found = own.find(file.place.path); found != own.end()) file.own = found->second;
      auto next = repairs_.next(file.place.path, loop_.now());
      if (next <= loop_.now() || file.keeps_drift) continue;
      file.keeps_drift = true;
      suspects_[publication.service] = next;
    }
  }
}

/// Answers the words that are others now.
Task<std::vector<link::ListWord>> Applier::write(std::vector<discover::Publication> publications) {
  auto results = co_await publisher_.publish(std::move(publications));
  std::vector<link::ListWord> words;
  for (const auto& result : results) {
    auto& held = held_.lists.at(result.service);
    note_files(result);
    bool is_news = states_.note(result, *held.list, loop_.now());
    bool is_about_drift = note_drift(result);
    if (is_news && result.error)
      log::error("list not published", {{"service", held.list->service}, {"why", *result.error}});
    if (is_news || is_about_drift) words.push_back(word(result.service));
    for (auto& wish : due_hooks(held, result, publisher_.settings().roots))
      calls_.want_hook(std::move(wish));
  }
  co_return words;
}

/// What stands there by our hand now, and what may not.
void Applier::note_files(const discover::Published& result) {
  auto& held = held_.lists.at(result.service);
  bool was_certain = true;
  for (const auto& [path, digest] : result.files) {
    auto& digests = held.files[path];
    was_certain &= std::ranges::find(digests, "") == digests.end();
    digests = {digest};
  }
  if (result.is_removed)
    for (auto& [path, digests] : held.files)
      if (digests.empty() || !digests.front().empty()) digests.insert(digests.begin(), "");
  if (!was_certain || result.is_removed) unsaved_.insert(result.service);
  auto paths = result.is_removed ? std::vector<std::string>()
                                 : paths_of(*held.list, publisher_.settings().roots);
  states_.keep_files(result.service, paths, held.hooked);
  calls_.on_files(result.service, paths);
}

bool Applier::note_drift(const discover::Published& result) {
  std::optional<std::string> why_left;
  for (const auto& file : result.drifted) {
    if (file.is_repaired) repairs_.spend(file.path, loop_.now());
    bool is_spent = !file.is_repaired && repairs_.next(file.path, loop_.now()) > loop_.now();
    if (is_spent) why_left = kLeftAlone;
  }
  bool is_news = states_.note_drift(result, loop_.clock().wall(), why_left);
  for (const auto& file : result.drifted)
    if (is_news)
      log::warning("somebody changed or removed a file",
                   {{"path", file.path}, {"put_back", file.is_repaired}});
  return is_news;
}

void Applier::suspect(const std::set<std::string>& services) {
  for (const auto& service : services)
    if (held_.lists.contains(service)) suspects_[service] = loop_.now();
  changed_.notify_all();
}

/// Before anything is written at a start: what was changed meanwhile owes its program a run.
Task<> Applier::look_at_hooked() {
  std::vector<std::string> services;
  for (const auto& [service, held] : held_.lists)
    if (has_hooks(*held.list)) services.push_back(service);
  if (!services.empty()) co_await look(std::move(services));
}

/// Publishes again those whose files are not as they were written.
Task<> Applier::look(std::vector<std::string> services) {
  std::vector<discover::WrittenFile> written;
  for (const auto& service : services) {
    auto found = held_.lists.find(service);
    if (found == held_.lists.end() || found->second.list->remove_files.value_or(false)) continue;
    std::ranges::move(files_as_written(found->second, publisher_.settings().roots),
                      std::back_inserter(written));
  }
  auto changed = co_await publisher_.find_changed(std::move(written));
  std::set<std::string> touched;
  for (const auto& file : changed) {
    touched.insert(file.service);
    if (!file.has_other_text) continue;
    auto& held = held_.lists.at(file.service);
    auto mark = held.hooked.find(file.path);
    if (mark == held.hooked.end() || mark->second.empty()) continue;
    mark->second.clear();
    unsaved_.insert(file.service);
  }
  if (!unsaved_.empty()) co_await save_marks();
  if (!touched.empty()) co_await publish({touched.begin(), touched.end()});
}

void Applier::on_hook(const HookWish& wish, model::HookRun run) {
  auto found = held_.lists.find(wish.uid);
  if (found == held_.lists.end()) return;
  auto mark = found->second.hooked.find(wish.file);
  if (mark == found->second.hooked.end()) return;
  if (run.is_well() && mark->second != wish.digest) {
    mark->second = wish.digest;
    unsaved_.insert(wish.uid);
    changed_.notify_all();
  }
  states_.note_hook(wish.uid, std::move(run));
  tell({word(wish.uid)});
}

/// A lost mark costs a run too many, or a drift that is not told of: it is tried again, no more.
Task<> Applier::save_marks() {
  auto save = std::make_shared<SpecSave>();
  save->epoch = held_.epoch;
  save->version = held_.version;
  save->left_behind = held_.left_behind;
  save->unknown = held_.unknown;
  for (const auto& service : std::exchange(unsaved_, {}))
    if (auto held = held_.lists.find(service); held != held_.lists.end())
      save->upserts.insert(*held);
  if (save->upserts.empty()) co_return;
  std::function<Result<>()> work = [save, &store = store_] { return store.save(*save); };
  auto saved = co_await pool_.run(std::move(work));
  if (saved) co_return;
  for (const auto& [service, list] : save->upserts) unsaved_.insert(service);
  save_at_ = loop_.now() + kSaveAgain;
  log::warning("marks of lists not kept", {{"why", saved.error().what}});
}

}  // namespace reeve::agent
