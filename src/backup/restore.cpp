#include "backup/restore.hpp"

#include "backup/contents.hpp"
#include "base/log.hpp"
#include "base/time_text.hpp"
#include "model/manager_hold.hpp"
#include "store/catalog/keys.hpp"
#include "store/sqlite/offline.hpp"
#include "sys/folders.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <optional>

namespace reeve::backup {
namespace {

namespace fs = std::filesystem;

// Becomes <data>/manager when it is whole.
constexpr const char* kUnfinished = "manager.restoring";

Result<> check_empty(const fs::path& data) {
  std::error_code error;
  if (!fs::exists(data, error)) return {};
  auto first = fs::directory_iterator(data, error);
  if (error) return fail(Errc::io, "cannot look into {}: {}", data.native(), error.message());
  if (first == fs::directory_iterator()) return {};
  return fail(Errc::in_use,
              "{} is not empty (it has {}): a backup is restored into an empty folder; move what "
              "is there away, or name another with --data",
              data.native(), first->path().filename().native());
}

Result<> make_folder(const fs::path& folder) {
  if (::mkdir(folder.c_str(), 0700) == 0) return {};
  return fail(errno_error(errno, "cannot make the folder " + folder.native()));
}

Result<> take_out(Opened& opened, const fs::path& file, const fs::path& folder) {
  std::optional<NewFile> current;
  Sink sink = [&](const ManifestFile& one, std::string_view part) -> Result<> {
    if (!current) {
      TRY_ASSIGN(auto made, NewFile::create(folder / one.name));
      current.emplace(std::move(made));
    }
    if (!part.empty()) return current->write(part);
    TRY(current->publish(Existing::keep));
    current.reset();
    return {};
  };
  return read_files(opened, file, sink);
}

/// The manager of this store is in hold, and says so.
Result<> hold(const fs::path& store, const Manifest& manifest, WallTime now) {
  model::ManagerHold hold;
  hold.reason = model::HoldReason::restored;
  hold.since = now;
  hold.taken = manifest.taken;
  hold.why =
      fmt::format("its store was restored from the backup of {}", format_time(manifest.taken));
  store::Commit commit;
  commit.writes.push_back({std::string(store::keys::kHold), store::bytes(json::encode_text(hold))});
  return store::commit_offline(store, std::move(commit), now);
}

Result<> fill(Opened& opened, const RestoreRequest& request, const fs::path& folder) {
  TRY(take_out(opened, request.file, folder));
  TRY(hold(folder / kStore, opened.manifest, request.now));
  TRY(flush_folder(folder));
  auto place = request.data / "manager";
  if (::rename(folder.c_str(), place.c_str()) != 0)
    return fail(errno_error(errno, "cannot make the folder " + place.native()));
  return flush_folder(request.data);
}

}  // namespace

Result<Manifest> restore(const RestoreRequest& request) {
  TRY(check_empty(request.data));
  TRY_ASSIGN(auto opened, open_backup(request.file, request.passphrase));
  TRY(sys::make_open_folders(request.data), "cannot make the data folder");
  auto folder = request.data / kUnfinished;
  TRY(make_folder(folder));
  auto filled = fill(opened, request, folder);
  if (filled) return std::move(opened.manifest);
  std::error_code error;
  fs::remove_all(folder, error);
  if (error) log::warning("half a restore stays", {{"folder", folder.native()}});
  return fail(std::move(filled).error());
}

}  // namespace reeve::backup
