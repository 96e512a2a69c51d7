// File operations that cannot be led astray: everything is relative to an open folder, no symbolic
// link is followed, and a file is replaced as a whole or not at all. An interface, so that tests
// can stand in for a full or dying disk. Blocking: for start-up and the blocking pool; any thread.
#pragma once

#include "base/result.hpp"
#include "base/unique_fd.hpp"

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reeve::sys {

/// Who may do what with a new file or folder.
struct FileOwner {
  mode_t mode = 0644;
  std::optional<uid_t> uid{};  // as the process without it
  std::optional<gid_t> gid{};
};

/// Whether a change is on the disk when the call answers, or some time later; `contents`: the
/// file's contents are, and its name will be after flush() of the folder, once for many files.
/// Never half a file either way, unless the machine itself dies.
enum class Durability { flushed, contents, eventual };

enum class FileKind { regular, folder, link, other };

struct FileStatus {
  FileKind kind = FileKind::regular;
  mode_t mode = 0;  // permissions alone
  uid_t uid = 0;
  gid_t gid = 0;
};

/// A handle on a folder: stays with it when the path above comes to mean something else.
class Directory {
 public:
  const std::filesystem::path& path() const { return path_; }
  std::string path_of(std::string_view name) const { return (path_ / name).native(); }
  int fd() const { return fd_.get(); }

 private:
  friend class RealFiles;
  Directory(UniqueFd fd, std::filesystem::path path) : fd_(std::move(fd)), path_(std::move(path)) {}

  UniqueFd fd_;
  std::filesystem::path path_;
};

/// Names are plain: not empty, no slash, neither "." nor "..", at most 255 bytes; `invalid` else.
/// What is not there is `not_found`; the other errors say the path and the system's reason.
class Files {
 public:
  virtual ~Files() = default;

  /// Follows links on the way there: for paths that the operator configured.
  virtual Result<Directory> open_directory(const std::filesystem::path& path) = 0;
  /// `io` if the name is a link or no folder.
  virtual Result<Directory> open_child(const Directory& in, std::string_view name) = 0;
  /// Makes it if there is none, at once with its owner and mode; one that is there keeps them.
  virtual Result<Directory> create_child(const Directory& in, std::string_view name,
                                         FileOwner owner) = 0;

  /// The name means the old contents or the new ones at every moment, also to its readers. A link
  /// of that name is replaced, not followed.
  virtual Result<> replace_file(const Directory& in, std::string_view name,
                                std::string_view contents, FileOwner owner,
                                Durability durability) = 0;
  /// Of the name itself, not of what a link leads to.
  virtual Result<FileStatus> status(const Directory& in, std::string_view name) = 0;
  /// Regular files alone; `too_large` over `max_bytes`.
  virtual Result<std::string> read_file(const Directory& in, std::string_view name,
                                        std::size_t max_bytes) = 0;
  virtual Result<> remove_file(const Directory& in, std::string_view name,
                               Durability durability) = 0;
  /// Gives the file, or the link, a second name in the folder; `exists` if that is taken.
  virtual Result<> link_file(const Directory& in, std::string_view name, std::string_view as,
                             Durability durability) = 0;
  /// Puts on the disk which names the folder has.
  virtual Result<> flush(const Directory& folder) = 0;
  /// Every name in the folder, in order.
  virtual Result<std::vector<std::string>> list(const Directory& in) = 0;
  /// Removes what a replace_file or create_child left behind when its process was killed. For the
  /// folder's only writer, at its start; answers how many.
  virtual Result<int> remove_leftovers(const Directory& in) = 0;
};

/// The machine's own file system.
class RealFiles final : public Files {
 public:
  Result<Directory> open_directory(const std::filesystem::path& path) override;
  Result<Directory> open_child(const Directory& in, std::string_view name) override;
  Result<Directory> create_child(const Directory& in, std::string_view name,
                                 FileOwner owner) override;
  Result<> replace_file(const Directory& in, std::string_view name, std::string_view contents,
                        FileOwner owner, Durability durability) override;
  Result<FileStatus> status(const Directory& in, std::string_view name) override;
  Result<std::string> read_file(const Directory& in, std::string_view name,
                                std::size_t max_bytes) override;
  Result<> remove_file(const Directory& in, std::string_view name, Durability durability) override;
  Result<> link_file(const Directory& in, std::string_view name, std::string_view as,
                     Durability durability) override;
  Result<> flush(const Directory& folder) override;
  Result<std::vector<std::string>> list(const Directory& in) override;
  Result<int> remove_leftovers(const Directory& in) override;
};

}  // namespace reeve::sys
