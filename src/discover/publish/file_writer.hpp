// FileWriter: writes the files of lists, one list after another, through folder handles that no
// planted link can bend. Blocking: each lives on one thread of the blocking pool at a time.
#pragma once

#include "discover/publish/publication.hpp"
#include "sys/accounts.hpp"
#include "sys/files.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace reeve::discover {

struct PublisherSettings {
  std::vector<std::string> roots;  // absolute
  /// Made where it is not there yet; other folders are the operator's to make.
  std::optional<std::string> own_root;
  Digest digest;
};

/// A file that Reeve had written, and that was another or none when it was looked at again.
struct DriftedFile {
  std::string path;
  bool is_repaired = false;
};

/// What became of one publication.
struct Published {
  std::string service;                       // uid
  std::map<std::string, std::string> files;  // path → digest of what stands there
  std::optional<std::string> error;          // the first reason why not all of it is there
  bool is_removed = false;                   // the files were to go, and have gone
  std::vector<std::string> changed{};        // paths whose files are new or hold another text now
  std::vector<DriftedFile> drifted{};
  std::vector<std::string> ownerless{};  // found to be so just now, see FileWriter
};

/// The system's databases are asked for the owner: blocking.
Result<sys::FileOwner> find_owner(unsigned mode, const std::optional<std::string>& owner);

/// Whether a file is as one that replace_file() makes for this owner.
bool has_owner(const sys::FileStatus& status, const sys::FileOwner& owner);

class FileWriter {
 public:
  using Folders = std::map<std::string, sys::Directory>;

  /// `ownerless`: paths on file systems that keep no mode or owner (FAT, some network ones), where
  /// another than was asked for is nobody's doing. All must outlive this.
  FileWriter(sys::Files& files, const PublisherSettings& settings,
             const std::set<std::string>& ownerless)
      : files_(files), settings_(settings), ownerless_(ownerless) {}

  /// Whole and on the disk, or gone, but for the names: the folders wait to be flushed.
  Published write(const Publication& publication);

  /// Those that were written to or looked at, by path.
  const Folders& folders() const { return folders_; }

 private:
  Result<> write_file(const PlannedFile& file, Published& result);
  Published remove(const Publication& publication);
  Result<> remove_file(const PlannedFile& file);
  bool is_own(const PlannedFile& file, const std::optional<std::string>& text) const;
  Result<> keep_foreign(const sys::Directory& folder, const PlannedFile& file,
                        const std::optional<std::string>& text);
  void note_ownerless(const std::string& path, Published& result);
  Result<sys::FileOwner> owner_of(const PlannedFile& file);
  Result<const sys::Directory*> open_folder(const Place& place);
  Result<sys::Directory> open_root(const std::string& root);

  sys::Files& files_;
  const PublisherSettings& settings_;
  const std::set<std::string>& ownerless_;
  Folders folders_;
  std::map<std::string, Result<sys::FileOwner>> owners_;  // looked up once a batch
};

}  // namespace reeve::discover
