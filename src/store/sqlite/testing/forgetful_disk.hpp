// ForgetfulDisk: what an embedded store's files lie on, for the life of this object: a VFS of
// SQLite over the machine's own. It forgets at a power cut: writes that nobody flushed are lost,
// whole, in part, or some of them, and so are names that were made or removed until their folder
// was flushed. Nothing waits for the real disk. Any thread; one such object at a time.
#pragma once

#include "sys/testing/power_supply.hpp"

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace reeve::store::testing {

class ForgetfulDisk {
 public:
  explicit ForgetfulDisk(std::uint64_t seed);
  ~ForgetfulDisk();
  ForgetfulDisk(const ForgetfulDisk&) = delete;
  ForgetfulDisk& operator=(const ForgetfulDisk&) = delete;

  /// So many more changes, flushes among them, go well. The next one and all that follow fail.
  void cut_after(std::size_t changes) { power_.cut_after(changes); }
  bool is_cut() const { return power_.is_cut(); }
  /// The power is back: the files become what the disk kept. Nobody may have one open.
  void restore();
  /// Since the disk was made.
  std::size_t changes() const { return power_.changes(); }

 private:
  struct Change {
    std::size_t offset = 0;
    std::optional<std::string> bytes;  // nothing: the file ends at `offset`
  };
  struct Contents {
    std::string flushed;
    std::vector<Change> changes;  // since
  };
  using Name = std::shared_ptr<Contents>;  // none: there is no such file
  struct File;
  struct Methods;
  using Power = sys::testing::Power;

  Name track(const std::string& path, bool is_made);
  void rename(const std::string& path, Name to);
  void flush_names();
  std::string survivor(const Contents& contents);
  std::size_t below(std::size_t limit);
  static void apply(std::string& bytes, const Change& change);

  sqlite3_vfs* real_;
  sqlite3_vfs vfs_;
  sys::testing::PowerSupply power_;
  std::mutex mutex_;  // for all below
  std::mt19937_64 random_;
  // What the name means on the disk, then what it would come to mean.
  std::map<std::string, std::vector<Name>> names_;
};

}  // namespace reeve::store::testing
