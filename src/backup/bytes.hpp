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

/// A file (0600) that has its name only when it is whole and on the disk.
class NewFile {
 public:
  /// Beside its place, under a name of its own.
  static Result<NewFile> create(std::filesystem::path path);
  NewFile(NewFile&&) = default;
  NewFile& operator=(NewFile&&) = delete;
  /// Removes what was not published.
  ~NewFile();

  Result<> write(std::string_view bytes);
  Result<> flush();
  /// `exists` if the name is taken and shall be kept.
  Result<> publish(Existing existing);
  const std::filesystem::path& temporary() const { return temporary_; }

 private:
  NewFile(UniqueFd fd, std::filesystem::path path, std::filesystem::path temporary)
      : fd_(std::move(fd)), path_(std::move(path)), temporary_(std::move(temporary)) {}
  UniqueFd fd_;
  std::filesystem::path path_;
  std::filesystem::path temporary_;
};

/// Puts the folder's names on the disk.
Result<> flush_folder(const std::filesystem::path& folder);

}  // namespace reeve::backup
