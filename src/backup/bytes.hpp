// Files read and written in parts, for what is too large for memory. Blocking; one thread at a
// time.
#pragma once

#include "base/result.hpp"
#include "base/unique_fd.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace reeve::backup {

class InFile {
 public:
  static Result<InFile> open(const std::filesystem::path& path);

  /// `most` bytes, fewer at the end of the file alone.
  Result<std::string> read(std::size_t most);
  Result<std::uint64_t> size() const;
  Result<> rewind();
  const std::filesystem::path& path() const { return path_; }

 private:
  InFile(UniqueFd fd, std::filesystem::path path) : fd_(std::move(fd)), path_(std::move(path)) {}
  UniqueFd fd_;
  std::filesystem::path path_;
};

enum class Existing { keep, replace };

/// A file (0600) that has its name only when it is whole and on the disk. Until then it has none,
/// and is gone with its process; where the file system must have one, the next such file in the
/// folder removes what a killed process left.
class NewFile {
 public:
  static Result<NewFile> create(const std::filesystem::path& path);
  /// As on a file system where every file has a name.
  static Result<NewFile> create_named(const std::filesystem::path& path);
  NewFile(NewFile&& other) noexcept;
  NewFile& operator=(NewFile&&) = delete;
  /// Removes what was not published.
  ~NewFile();

  Result<> write(std::string_view bytes);
  Result<> flush();
  /// `exists` if the name is taken and shall be kept.
  Result<> publish(Existing existing);
  /// By which this process can read it before it is published.
  std::filesystem::path readable_path() const;

 private:
  NewFile(UniqueFd fd, std::filesystem::path path, std::filesystem::path temporary)
      : fd_(std::move(fd)), path_(std::move(path)), temporary_(std::move(temporary)) {}
  bool is_nameless() const { return temporary_.empty(); }
  bool link_to(const std::filesystem::path& path) const;
  bool take_free_name();

  UniqueFd fd_;
  std::filesystem::path path_;
  std::filesystem::path temporary_;  // the name that it has meanwhile; empty: none
};

}  // namespace reeve::backup
