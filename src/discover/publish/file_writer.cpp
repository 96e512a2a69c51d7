#include "discover/publish/file_writer.hpp"

#include "base/log.hpp"
#include "base/quote.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace reeve::discover {
namespace {

// Larger than any list; what is larger was not written by Reeve.
constexpr std::size_t kLargestFile = 64 << 20;

/// What stands at a file's place.
struct Present {
  sys::FileStatus status;
  std::optional<std::string> text;  // of a regular file that can be read
};

/// The normal form: "/a/./lists/" is "/a/lists".
std::filesystem::path without_slash(const std::string& folder) {
  auto path = std::filesystem::path(folder).lexically_normal();
  return path.filename().empty() ? path.parent_path() : path;
}

Result<std::optional<Present>> look_at(sys::Files& files, const sys::Directory& folder,
                                       const std::string& name) {
  auto status = files.status(folder, name);
  if (!status && status.error().code == Errc::not_found) return std::nullopt;
  if (!status) return fail(std::move(status.error()));
  Present present{*status, std::nullopt};
  if (present.status.kind != sys::FileKind::regular) return present;
  // One that cannot be read is one that Reeve did not write.
  if (auto text = files.read_file(folder, name, kLargestFile)) present.text = std::move(*text);
  return present;
}

}  // namespace

Result<sys::FileOwner> find_owner(unsigned mode, const std::optional<std::string>& owner) {
  sys::FileOwner found;
  found.mode = static_cast<mode_t>(mode);
  if (!owner) return found;
  auto [user, group] = model::split_owner(*owner);
  TRY_ASSIGN(auto known, sys::find_ownership(user, group));
  found.uid = known.uid;
  found.gid = known.gid;
  return found;
}

// A new file's group may be its folder's: none is expected where none was asked for.
bool has_owner(const sys::FileStatus& status, const sys::FileOwner& owner) {
  return status.mode == owner.mode && owner.uid.value_or(::geteuid()) == status.uid &&
         owner.gid.value_or(status.gid) == status.gid;
}

Published FileWriter::write(const Publication& publication) {
  if (publication.is_removal) return remove(publication);
  Published result{publication.service, {}, publication.error, false};
  for (const auto& file : publication.files)
    if (auto written = write_file(file, result); !written && !result.error)
      result.error = std::move(written.error().what);
  return result;
}

Published FileWriter::remove(const Publication& publication) {
  Published result{publication.service, {}, publication.error, false};
  for (const auto& file : publication.files)
    if (auto removed = remove_file(file); !removed && !result.error)
      result.error = std::move(removed.error().what);
  result.is_removed = !result.error;
  return result;
}

/// A file that somebody has changed is not ours to remove.
Result<> FileWriter::remove_file(const PlannedFile& file) {
  auto folder = open_folder(file.place);
  if (!folder && folder.error().code == Errc::not_found) return {};
  if (!folder) return fail(std::move(folder).error());
  TRY_ASSIGN(auto present, look_at(files_, **folder, file.place.name));
  if (!present) return {};
  if (!is_own(file, present->text)) {
    log::info("left a file that reeve did not write", {{"path", file.place.path}});
    return {};
  }
  log::info("removed a file", {{"path", file.place.path}});
  return files_.remove_file(**folder, file.place.name, sys::Durability::eventual);
}

bool FileWriter::is_own(const PlannedFile& file, const std::optional<std::string>& text) const {
  return text && std::ranges::find(file.own, settings_.digest(*text)) != file.own.end();
}

Result<> FileWriter::write_file(const PlannedFile& file, Published& result) {
  TRY_ASSIGN(auto owner, owner_of(file));
  TRY_ASSIGN(const auto* folder, open_folder(file.place));
  TRY_ASSIGN(auto present, look_at(files_, *folder, file.place.name));
  const auto& path = file.place.path;
  bool is_there = present && present->text == file.text;
  bool is_right = is_there && (ownerless_.contains(path) || has_owner(present->status, owner));
  bool was_written = !file.own.empty() && std::ranges::find(file.own, "") == file.own.end();
  bool is_old = file.own.size() == 1 && file.own.front() == file.digest;
  bool is_as_left = is_there ? is_right || !is_old : present && is_own(file, present->text);
  bool has_drifted = was_written && !is_as_left;
  if (has_drifted) result.drifted.push_back({path, false});
  if (has_drifted && is_old && file.keeps_drift) return {};
  if (present && present->status.kind == sys::FileKind::folder)
    return fail(Errc::io, "{} is a folder, expected a file or nothing", path);
  if (is_right) {
    result.files.emplace(path, file.digest);
    return {};
  }
  if (present && !is_there) TRY(keep_foreign(*folder, file, present->text));
  TRY(files_.replace_file(*folder, file.place.name, file.text, owner, sys::Durability::contents));
  result.files.emplace(path, file.digest);
  if (!is_there) result.changed.push_back(path);
  auto status = files_.status(*folder, file.place.name);
  bool is_ownerless = status && !has_owner(*status, owner);
  if (is_ownerless) note_ownerless(path, result);
  bool was_drift = has_drifted && !(is_there && is_ownerless);
  if (was_drift)
    result.drifted.back().is_repaired = true;
  else if (has_drifted)
    result.drifted.pop_back();
  return {};
}

void FileWriter::note_ownerless(const std::string& path, Published& result) {
  if (ownerless_.contains(path)) return;
  log::info("the file system keeps no mode or owner for this file: its text alone is looked at",
            {{"path", path}});
  result.ownerless.push_back(path);
}

Result<sys::FileOwner> FileWriter::owner_of(const PlannedFile& file) {
  if (!file.owner) return find_owner(file.mode, file.owner);
  auto known = owners_.find(*file.owner);
  if (known == owners_.end())
    known = owners_.emplace(*file.owner, find_owner(file.mode, file.owner)).first;
  if (!known->second)
    return fail(known->second.error().code, "owner {} of {}: {}", quote(*file.owner),
                quote(file.place.path), known->second.error().what);
  auto owner = *known->second;
  owner.mode = static_cast<mode_t>(file.mode);
  return owner;
}

/// A second name, so that the first has a file at every moment; on the disk before the first comes
/// to mean ours, or a power cut could take both.
Result<> FileWriter::keep_foreign(const sys::Directory& folder, const PlannedFile& file,
                                  const std::optional<std::string>& text) {
  if (is_own(file, text)) return {};
  auto kept_as = file.place.name + std::string(kBeforeReeve);
  auto kept = files_.link_file(folder, file.place.name, kept_as, sys::Durability::flushed);
  // The first one kept is the one from before Reeve.
  if (!kept && kept.error().code != Errc::exists) return kept;
  if (kept)
    log::info("kept a file that reeve did not write",
              {{"path", file.place.path}, {"as", folder.path_of(kept_as)}});
  return {};
}

Result<const sys::Directory*> FileWriter::open_folder(const Place& place) {
  auto path = place.folder();
  if (auto known = folders_.find(path); known != folders_.end()) return &known->second;
  TRY_ASSIGN(auto folder, open_root(settings_.roots[place.root]));
  for (const auto& name : place.folders) {
    TRY_ASSIGN(auto child, files_.open_child(folder, name));
    folder = std::move(child);
  }
  return &folders_.emplace(std::move(path), std::move(folder)).first->second;
}

Result<sys::Directory> FileWriter::open_root(const std::string& root) {
  auto opened = files_.open_directory(root);
  bool is_missing = !opened && opened.error().code == Errc::not_found;
  auto path = without_slash(root);
  bool is_own = settings_.own_root && path == without_slash(*settings_.own_root);
  if (!is_missing || !is_own) return opened;
  TRY_ASSIGN(auto parent, files_.open_directory(path.parent_path()));
  return files_.create_child(parent, path.filename().native(), {.mode = 0755});
}

}  // namespace reeve::discover
