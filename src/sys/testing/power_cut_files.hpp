// The machine's own files on a disk that forgets at a power cut: of each name in a folder only what
// was flushed is sure to be there again, and any number of the changes since, but in their order;
// of contents that nobody flushed any part. Nothing waits for the real disk. Any thread.
#pragma once

#include "sys/files.hpp"
#include "sys/testing/power_supply.hpp"

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace reeve::sys::testing {

class PowerCutFiles final : public Files {
 public:
  explicit PowerCutFiles(std::uint64_t seed) : random_(seed) {}

  /// So many more changes, flushes among them, go well. The next one and all that follow fail.
  void cut_after(std::size_t changes) { power_.cut_after(changes); }
  bool is_cut() const { return power_.is_cut(); }
  /// The power is back, whether it went by cut_after() or goes now: the folders become what their
  /// disk kept. Only regular files are brought back.
  void restore();

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

 private:
  struct File {
    std::string contents;
    mode_t mode = 0;
    bool is_flushed = true;
  };
  using State = std::optional<File>;  // nothing: no such file
  struct Folder {
    std::filesystem::path path;
    // The state on the disk, then those that it would become; for names that have any.
    std::map<std::string, std::vector<State>> names;
  };

  Folder& folder_of(const Directory& in);
  State now(const Directory& in, const std::string& name);
  Result<> change(const Directory& in, std::string_view name, Durability durability,
                  const std::function<Result<State>()>& act);
  static void flush_names(Folder& folder);
  State survivor(const std::vector<State>& states);
  std::size_t below(std::size_t limit);

  RealFiles real_;
  PowerSupply power_;
  std::mutex mutex_;  // for all below
  std::mt19937_64 random_;
  std::map<std::pair<dev_t, ino_t>, Folder> folders_;
};

}  // namespace reeve::sys::testing
