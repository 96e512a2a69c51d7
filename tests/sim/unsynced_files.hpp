// The machine's own files without a wait for the disk: a day of 200 machines on one disk would do
// little else. Any thread.
#pragma once

#include "sys/files.hpp"

#include <string>
#include <vector>

namespace reeve::sim {

class UnsyncedFiles final : public sys::Files {
 public:
  using Directory = sys::Directory;
  static constexpr auto kEventual = sys::Durability::eventual;

  Result<Directory> open_directory(const std::filesystem::path& path) override {
    return real_.open_directory(path);
  }
  Result<Directory> open_child(const Directory& in, std::string_view name) override {
    return real_.open_child(in, name);
  }
  Result<Directory> create_child(const Directory& in, std::string_view name,
                                 sys::FileOwner owner) override {
    return real_.create_child(in, name, owner);
  }
  Result<> replace_file(const Directory& in, std::string_view name, std::string_view contents,
                        sys::FileOwner owner, sys::Durability) override {
    return real_.replace_file(in, name, contents, owner, kEventual);
  }
  Result<sys::FileStatus> status(const Directory& in, std::string_view name) override {
    return real_.status(in, name);
  }
  Result<std::string> read_file(const Directory& in, std::string_view name,
                                std::size_t max_bytes) override {
    return real_.read_file(in, name, max_bytes);
  }
  Result<> remove_file(const Directory& in, std::string_view name, sys::Durability) override {
    return real_.remove_file(in, name, kEventual);
  }
  Result<> link_file(const Directory& in, std::string_view name, std::string_view as,
                     sys::Durability) override {
    return real_.link_file(in, name, as, kEventual);
  }
  Result<> flush(const Directory&) override { return {}; }
  Result<std::vector<std::string>> list(const Directory& in) override { return real_.list(in); }
  Result<int> remove_leftovers(const Directory& in) override { return real_.remove_leftovers(in); }

 private:
  sys::RealFiles real_;
};

}  // namespace reeve::sim
