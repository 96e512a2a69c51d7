// One run of the program: what holds for every command, and what commands need from outside. Built
// by run() in cli.cpp for the action; one thread.
#pragma once

#include "cli/answer.hpp"
#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/terminal/terminal.hpp"

#include <optional>
#include <string>

namespace reeve::cli {

class Session {
 public:
  Session(Globals globals, std::string program);

  const Globals& globals() const { return globals_; }
  /// How the user called this program.
  const std::string& program() const { return program_; }
  /// How the user calls it once more about the same manager: with the --data that he gave.
  std::string again() const;
  const Terminal& out() const { return out_; }
  const Terminal& err() const { return err_; }
  WallTime now() const { return clock_.wall(); }
  const sys::Clock& clock() const { return clock_; }

  /// The manager's API, with --local the agent's; looked for at the first call.
  Result<Client*> client();

  /// Ctrl-C ended what a client did that heeds it.
  bool is_interrupted() const { return client_ && client_->is_interrupted(); }
  /// The terminal may have another size by now.
  void measure_again();

 private:
  Globals globals_;
  std::string program_;
  Terminal out_;
  Terminal err_;
  sys::SystemClock clock_;
  std::optional<Client> client_;
};

}  // namespace reeve::cli
