#include "backup/restore.hpp"

#include "backup/contents.hpp"
#include "base/log.hpp"
#include "base/time_text.hpp"
#include "model/manager_hold.hpp"
#include "store/catalog/keys.hpp"
#include "store/sqlite/offline.hpp"
#include "sys/folders.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <optional>
#include <utility>

namespace reeve::backup {
namespace {

namespace fs = std::filesystem;

// Becomes <data>/manager when it is whole.
constexpr const char* kUnfinished = "manager.restoring";

Result<> check_empty(const fs::path& data) {
  std::error_code error;
  if (!fs::exists(data, error)) return {};
  fs::directory_iterator all(data, error);
  if (error) return fail(Errc::io, "cannot look into {}: {}", data.native(), error.message());
  for (const auto& one : all) {
    auto name = one.path().filename().native();
    if (name == kUnfinished) continue;
    return fail(Errc::in_use,
                "{} is not empty (it has {}): a backup is restored into an empty folder; move what "
                "is there away, or name another with --data",
                data.native(), name);
  }
  return {};
}

/// The folder in the making: locked for as long as this lives, and gone with it unless it is kept.
class Unfinished {
 public:
  static Result<Unfinished> make(const fs::path& data) {
    auto path = data / kUnfinished;
    TRY(remove_left(path));
    if (::mkdir(path.c_str(), 0700) != 0)
      return fail(errno_error(errno, "cannot make the folder " + path.native()));
    UniqueFd handle(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // Where nothing can be locked, one restore at a time is the operator's care.
    if (handle) ::flock(handle.get(), LOCK_EX | LOCK_NB);
    return Unfinished(std::move(handle), std::move(path));
  }
  Unfinished(Unfinished&& other) noexcept
      : handle_(std::move(other.handle_)), path_(std::exchange(other.path_, {})) {}
  Unfinished& operator=(Unfinished&&) = delete;
  ~Unfinished() {
    if (path_.empty()) return;
    std::error_code error;
    fs::remove_all(path_, error);
    if (error) log::warning("half a restore stays", {{"folder", path_.native()}});
  }

  const fs::path& path() const { return path_; }
  Result<> rename_to(const fs::path& place) {
    if (::rename(path_.c_str(), place.c_str()) != 0)
      return fail(errno_error(errno, "cannot make the folder " + place.native()));
    path_ = place;
    return {};
  }
  void keep() { path_.clear(); }

 private:
  Unfinished(UniqueFd handle, fs::path path) : handle_(std::move(handle)), path_(std::move(path)) {}

  // What a killed restore left; it may hold the key of a certificate authority.
  static Result<> remove_left(const fs::path& path) {
    UniqueFd left(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!left && errno == ENOENT) return {};
    if (!left) return fail(errno_error(errno, "cannot open the folder " + path.native()));
    if (::flock(left.get(), LOCK_EX | LOCK_NB) != 0)
      return fail(Errc::in_use, "another restore goes on in {}; without one, remove that folder",
                  path.native());
    std::error_code error;
    fs::remove_all(path, error);
    if (error) return fail(errno_error(error.value(), "cannot remove " + path.native()));
    return {};
  }

  UniqueFd handle_;
  fs::path path_;
};

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

Result<> fill(Opened& opened, const RestoreRequest& request, Unfinished& folder) {
  TRY(take_out(opened, request.file, folder.path()));
  TRY(hold(folder.path() / kStore, opened.manifest, request.now));
  TRY(sys::flush_folder(folder.path()));
  TRY(folder.rename_to(request.data / "manager"));
  return request.flush_names(request.data);
}

}  // namespace

Result<Manifest> restore(const RestoreRequest& request) {
  TRY(check_empty(request.data));
  TRY_ASSIGN(auto opened, open_backup(request.file, request.passphrase));
  TRY(sys::make_open_folders(request.data), "cannot make the data folder");
  TRY_ASSIGN(auto folder, Unfinished::make(request.data));
  TRY(fill(opened, request, folder));
  folder.keep();
  return std::move(opened.manifest);
}

}  // namespace reeve::backup
