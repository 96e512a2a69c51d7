// Progress on stderr: on a terminal in one line that is written over, else a line now and then, so
// that a log shows that something moves. Silent with --json. One thread.
#pragma once

#include "cli/session.hpp"

#include <string>

namespace reeve::cli {

class Progress {
 public:
  explicit Progress(const Session& session);
  /// Takes its line off a terminal.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(const std::string& text);

 private:
  const Session& session_;
  bool is_silent_;
  bool has_line_ = false;  // on a terminal
  std::string last_;
  Instant next_{};  // where there is no terminal: not before
};

}  // namespace reeve::cli
