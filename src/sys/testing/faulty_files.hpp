// The machine's own files, with a fault wherever a test wants one: a full disk, a dying one, a slow
// one. Any thread; what `fault` is set to must be fit for it.
#pragma once

#include "sys/files.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reeve::sys::testing {

/// Decides what fails; another decision may be set while files are written.
class Fault {
 public:
  using Decide =
      std::function<std::optional<Error>(std::string_view operation, const std::string& path)>;

  Fault& operator=(Decide decide) {
    std::lock_guard lock(mutex_);
    decide_ = std::make_shared<const Decide>(std::move(decide));
    return *this;
  }
  std::optional<Error> operator()(std::string_view operation, const std::string& path) const {
    std::unique_lock lock(mutex_);
    auto decide = decide_;
    lock.unlock();
    return decide ? (*decide)(operation, path) : std::nullopt;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Decide> decide_;
};

class FaultyFiles final : public Files {
 public:
  /// Asked before each change, with what is about to be done ("replace", "create", "remove",
  /// "link", "flush") and the path: an answer is the call's. It may also take its time.
  Fault fault;
  /// Set: every file has it, as on a file system that keeps no modes. Before threads look at it.
  std::optional<mode_t> mode_of_all;

  Result<Directory> open_directory(const std::filesystem::path& path) override {
    return real_.open_directory(path);
  }
  Result<Directory> open_child(const Directory& in, std::string_view name) override {
    return real_.open_child(in, name);
  }
  Result<Directory> create_child(const Directory& in, std::string_view name,
                                 FileOwner owner) override {
    if (auto error = fault("create", in.path_of(name))) return fail(*error);
    return real_.create_child(in, name, owner);
  }
  Result<> replace_file(const Directory& in, std::string_view name, std::string_view contents,
                        FileOwner owner, Durability durability) override {
    if (auto error = fault("replace", in.path_of(name))) return fail(*error);
    return real_.replace_file(in, name, contents, owner, durability);
  }
  Result<FileStatus> status(const Directory& in, std::string_view name) override {
    auto status = real_.status(in, name);
    if (status && mode_of_all) status->mode = *mode_of_all;
    return status;
  }
  Result<std::string> read_file(const Directory& in, std::string_view name,
                                std::size_t max_bytes) override {
    return real_.read_file(in, name, max_bytes);
  }
  Result<> remove_file(const Directory& in, std::string_view name, Durability durability) override {
    if (auto error = fault("remove", in.path_of(name))) return fail(*error);
    return real_.remove_file(in, name, durability);
  }
  Result<> link_file(const Directory& in, std::string_view name, std::string_view as,
                     Durability durability) override {
    if (auto error = fault("link", in.path_of(as))) return fail(*error);
    return real_.link_file(in, name, as, durability);
  }
  Result<> flush(const Directory& folder) override {
    if (auto error = fault("flush", folder.path().native())) return fail(*error);
    return real_.flush(folder);
  }
  Result<std::vector<std::string>> list(const Directory& in) override { return real_.list(in); }
  Result<int> remove_leftovers(const Directory& in) override { return real_.remove_leftovers(in); }

 private:
  RealFiles real_;
};

}  // namespace reeve::sys::testing
