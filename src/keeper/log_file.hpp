// The file that an output goes to: opened without following links, rotated by renames alone, with
// its index of times beside it. Blocking; the keeper's thread alone.
#pragma once

#include "base/unique_fd.hpp"
#include "keeper/file_rights.hpp"
#include "keeper/outcome.hpp"
#include "keeper/spec.hpp"

#include <cstdint>
#include <string>

namespace reeve::keeper {

/// Whose rights the log of an output is touched with.
FileUser log_user(const Spec& spec, const OutputSpec& output);
/// LOG for 0, LOG.1 for 1 and so on: the newest first.
std::string backup_path(const std::string& log, std::int64_t number);

class LogFile {
 public:
  LogFile() = default;

  /// Opens or makes it, and its folders; nothing to do when it is open.
  Outcome<> open();
  bool is_open() const { return static_cast<bool>(file_); }
  void close();

  int fd() const { return file_.get(); }
  const OutputSpec& spec() const { return spec_; }
  /// Keeps the open file where only limits changed. It is touched with this user's rights.
  void set_spec(OutputSpec spec, FileUser user);
  /// Takes over an open file, from this keeper's former self.
  void adopt(int fd) { file_.reset(fd); }

  /// Its size; also opens it again if somebody has removed it.
  Outcome<std::uint64_t> size();
  /// Whether it ends in a line's end, or is empty.
  bool ends_a_line(std::uint64_t size) const;
  /// Notes that the bytes from `offset` on come now, unless an entry was made just before.
  void note_time(std::uint64_t offset, std::int64_t wall);

  /// Renames it to .1, that to .2 and so on, and begins a new one.
  Outcome<> rotate();

 private:
  Outcome<> open_file();
  void open_times();
  Outcome<> move_to_backup();

  OutputSpec spec_;
  FileUser user_;
  UniqueFd file_, times_;
  std::int64_t last_time_ = 0;
};

}  // namespace reeve::keeper
