// What `reeve dev` says to people: lines with their times, and what to try next. Owned by the run
// it speaks of; writes to stdout, line by line.
#pragma once

#include "cli/roles/role_files.hpp"
#include "cli/session.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace reeve::cli {

class DevWords {
 public:
  explicit DevWords(const Session& session);

  /// "  12 ms  manager on …"
  void step(std::string_view what) const;
  /// "ready in 61 ms"
  void ready() const;
  void list_file(const std::filesystem::path& path) const;
  /// Commands that work as printed, and where things are.
  void what_next(const DevFile& file, bool has_demo) const;

 private:
  long long milliseconds() const;

  const Session& session_;
  Instant begun_;
};

}  // namespace reeve::cli
