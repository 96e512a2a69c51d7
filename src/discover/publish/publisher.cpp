#include "discover/publish/publisher.hpp"

#include "async/reply.hpp"
#include "base/log.hpp"
#include "base/quote.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace reeve::discover {
namespace {

// Disks flush several files in hardly more time than one; more threads than this bring little.
constexpr std::size_t kMostLanes = 4;
constexpr std::size_t kLargestFile = 64 << 20;

enum class Change { none, owner, text };

/// By the path alone, which links may bend: what is found so is looked at by the writer again.
Change change_of(sys::Files& files, const PublisherSettings& settings, const WrittenFile& file,
                 bool is_ownerless) {
  std::filesystem::path path(file.path);
  auto folder = files.open_directory(path.parent_path());
  if (!folder) return Change::text;
  auto name = path.filename().native();
  auto text = files.read_file(*folder, name, kLargestFile);
  if (!text || settings.digest(*text) != file.digest) return Change::text;
  if (is_ownerless) return Change::none;
  auto status = files.status(*folder, name);
  auto owner = find_owner(file.mode, file.owner);
  bool is_right = status && (!owner || has_owner(*status, *owner));
  return is_right ? Change::none : Change::owner;
}

}  // namespace

/// Shared by the waiting task and the pool's threads: lane n has writers[n] and every
/// kMostLanes-th list.
struct Publisher::Batch {
  Batch(async::Loop& loop, std::vector<Publication> planned, std::set<std::string> known_ownerless)
      : publications(std::move(planned)),
        ownerless(std::move(known_ownerless)),
        results(publications.size()),
        done(loop) {}

  std::vector<Publication> publications;
  const std::set<std::string> ownerless;
  std::vector<Published> results;
  std::vector<FileWriter> writers;
  std::size_t lanes_left = 0;
  async::Reply<bool> done;

  void write(std::size_t lane) {
    for (std::size_t i = lane; i < publications.size(); i += writers.size())
      results[i] = writers[lane].write(publications[i]);
  }

  /// One handle for each folder.
  std::map<std::string, const sys::Directory*> folders() const {
    std::map<std::string, const sys::Directory*> all;
    for (const auto& writer : writers)
      for (const auto& [path, folder] : writer.folders()) all.emplace(path, &folder);
    return all;
  }

  /// Until then the new names may be lost with the power.
  void flush_folders(sys::Files& files) {
    for (const auto& [path, folder] : folders())
      if (auto flushed = files.flush(*folder); !flushed) fail_all_in(path, flushed.error());
  }

  /// Of a life of this agent that was cut short; nobody writes here now.
  void clean_folders(sys::Files& files, const std::set<std::string>& clean) {
    for (const auto& [path, folder] : folders()) {
      if (clean.contains(path)) continue;
      if (auto removed = files.remove_leftovers(*folder); !removed)
        log::warning("could not clean up", {{"folder", path}, {"why", removed.error().what}});
    }
  }

  void fail_all_in(const std::string& folder, const Error& why) {
    for (std::size_t i = 0; i < publications.size(); ++i)
      for (const auto& file : publications[i].files) {
        if (file.place.folder() != folder) continue;
        bool was_removed = std::exchange(results[i].is_removed, false);
        if (results[i].files.erase(file.place.path) > 0 || was_removed)
          results[i].error = results[i].error.value_or(why.what);
        std::erase(results[i].changed, file.place.path);
      }
  }
};

Publisher::Publisher(async::Loop& loop, sys::Files& files, async::BlockingPool& pool,
                     PublisherSettings settings)
    : loop_(loop),
      files_(files),
      pool_(pool),
      settings_(std::move(settings)),
      lanes_(loop, "publisher") {}

Task<std::vector<Published>> Publisher::publish(std::vector<Publication> publications) {
  // First whoever writes: what another list's output names is not removed.
  for (auto& publication : publications)
    if (!publication.is_removal) claim(publication);
  for (auto& publication : publications)
    if (publication.is_removal) release(publication);
  auto batch = std::make_shared<Batch>(loop_, std::move(publications), ownerless_);
  batch->lanes_left = std::min(batch->publications.size(), kMostLanes);
  if (batch->lanes_left == 0) co_return std::vector<Published>();
  for (std::size_t lane = 0; lane < batch->lanes_left; ++lane)
    batch->writers.emplace_back(files_, settings_, batch->ownerless);
  for (std::size_t lane = 0; lane < batch->writers.size(); ++lane)
    lanes_.start(write_lane(batch, lane));
  [[maybe_unused]] bool is_written = co_await batch->done.wait();

  std::function<bool()> finish = [batch, &files = files_, clean = clean_] {
    batch->clean_folders(files, clean);
    batch->flush_folders(files);
    return true;
  };
  [[maybe_unused]] bool is_finished = co_await pool_.run(std::move(finish));
  for (const auto& [path, folder] : batch->folders()) clean_.insert(path);
  for (const auto& result : batch->results)
    ownerless_.insert(result.ownerless.begin(), result.ownerless.end());
  co_return std::move(batch->results);
}

Task<> Publisher::write_lane(std::shared_ptr<Batch> batch, std::size_t lane) {
  std::function<bool()> work = [batch, lane] {
    batch->write(lane);
    return true;
  };
  [[maybe_unused]] bool is_written = co_await pool_.run(std::move(work));
  if (--batch->lanes_left == 0) batch->done.set(true);
}

Task<std::vector<ChangedFile>> Publisher::find_changed(std::vector<WrittenFile> written) {
  std::function<std::vector<ChangedFile>()> work = [this, written = std::move(written),
                                                    ownerless = ownerless_] {
    std::vector<ChangedFile> changed;
    for (const auto& file : written) {
      auto change = change_of(files_, settings_, file, ownerless.contains(file.path));
      if (change == Change::none) continue;
      changed.push_back({file.service, file.path, change == Change::text});
    }
    return changed;
  };
  auto changed = co_await pool_.run(std::move(work));
  co_return changed;
}

void Publisher::claim(Publication& publication) {
  forget(publication.service);
  auto& own = paths_[publication.service];
  std::erase_if(publication.files, [&](const PlannedFile& file) {
    const auto& path = file.place.path;
    auto [owner, is_free] = owners_.try_emplace(path, publication.service);
    if (is_free)
      own.push_back(path);
    else if (!publication.error)
      publication.error = fmt::format("{} is already the file of another service", quote(path));
    return !is_free;
  });
}

void Publisher::release(Publication& publication) {
  forget(publication.service);
  std::erase_if(publication.files,
                [&](const PlannedFile& file) { return owners_.contains(file.place.path); });
}

void Publisher::forget(const std::string& service) {
  auto found = paths_.find(service);
  if (found == paths_.end()) return;
  for (const auto& path : found->second) owners_.erase(path);
  paths_.erase(found);
}

}  // namespace reeve::discover
