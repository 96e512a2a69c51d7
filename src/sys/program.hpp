// Program: one program that was started beside this process, in a session and process group of its
// own, with nothing of ours but what it is given. Blocking calls are said to be so; any thread, one
// at a time.
#pragma once

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "sys/accounts.hpp"

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reeve::sys {

struct ProgramSpec {
  std::vector<std::string> argv;         // the first is its absolute path
  std::vector<std::string> environment;  // all of it: "NAME=value"
  std::optional<Account> user;           // else as this process
  std::optional<std::string> mark{};     // see marked_entry()
};

/// What a program with this mark ("NAME=text") has in its environment: the mark and its own process
/// number, which what it starts has from it too, but not as its own. Whoever was killed with the
/// program running knows it again by that: sessions.hpp.
std::string marked_entry(std::string_view mark, pid_t pid);

struct ProgramEnd {
  std::optional<int> exit_code;
  std::optional<int> signal;
};

class Program {
 public:
  /// Answers once the program itself runs, or why it does not. Its input is empty; what it prints,
  /// on either output, is for read(). Blocks for about a millisecond.
  static Result<Program> start(const ProgramSpec& spec);

  Program(Program&&) noexcept = default;
  Program& operator=(Program&&) = delete;
  /// One that was not reaped is killed with its group, and not waited for.
  ~Program();

  /// Readable when the program has ended or printed something.
  int events() const { return events_.get(); }
  /// What it has printed and nobody has read yet, into `buffer`. 0: nothing now, or, as
  /// has_output() then says, nothing any more. Does not block.
  std::size_t read(std::span<char> buffer);
  /// Until the program and all it started have closed their output.
  bool has_output() const { return static_cast<bool>(output_); }

  /// To its whole group. Before reap() alone: until then nobody else can have its number.
  void signal_group(int number) const;
  /// Nothing while it runs.
  std::optional<ProgramEnd> reap();

 private:
  Program(pid_t pid, UniqueFd output) : pid_(pid), output_(std::move(output)) {}

  Result<> watch();

  pid_t pid_;
  UniqueFd pidfd_;
  UniqueFd output_;
  UniqueFd events_;  // moved-from: none
  bool is_reaped_ = false;
};

}  // namespace reeve::sys
