// One output of a process: a named FIFO that the child has open for reading and writing and the
// keeper for reading, and the log that its bytes go to. They move by splice(2) alone, so that a
// kill at any moment neither loses nor doubles one. The keeper's thread alone.
#pragma once

#include "base/unique_fd.hpp"
#include "keeper/log_file.hpp"
#include "keeper/outcome.hpp"
#include "keeper/spec.hpp"

#include <cstdint>
#include <string>

namespace reeve::keeper {

enum class Pumped {
  drained,  // nothing more for now
  more,     // its turn is over
  ended,    // nobody has the FIFO open for writing
  stuck,    // the file takes nothing, see trouble(); try again later
};

class Output {
 public:
  Output() = default;
  explicit Output(std::string fifo) : fifo_path_(std::move(fifo)) {}

  /// Makes and opens what is not yet there; the FIFO belongs to the program's user.
  Outcome<> open(const Spec& spec);
  /// Nothing is kept of it: /dev/null.
  bool is_nowhere() const { return log_.spec().file.empty(); }
  /// For the child alone: while it is open here the FIFO never ends.
  Outcome<UniqueFd> writer() const;

  const std::string& fifo_path() const { return fifo_path_; }
  int fifo_fd() const { return fifo_.get(); }
  LogFile& log() { return log_; }
  const LogFile& log() const { return log_; }
  void adopt(int fifo_fd, int log_fd);

  /// Moves what there is, at most about a MiB; drops it where it goes nowhere any more.
  Pumped pump(std::int64_t wall);
  /// The errno that it is stuck with; 0 when all is well.
  int trouble() const { return trouble_; }

  /// Rotates at the next line's end.
  void ask_to_rotate() { rotation_asked_ = true; }
  /// Closes all and removes the FIFO.
  void remove();

 private:
  Pumped drop();
  Pumped move_some(std::uint64_t& size, std::int64_t wall);
  bool wants_rotation(std::uint64_t size) const;
  /// Rotates if the file is at a line's end or past all patience; else how many bytes to move.
  std::size_t rotate_or_reach_line_end(std::uint64_t& size);

  std::string fifo_path_;
  UniqueFd fifo_;
  LogFile log_;
  int trouble_ = 0;
  bool rotation_asked_ = false;
  std::uint64_t no_rotation_below_ = 0;  // after one that failed
};

/// How many bytes of the FIFO reach up to and with its first line's end, at most 64 KiB looked at;
/// all that was seen where there is none. They stay in the FIFO.
std::size_t bytes_to_line_end(int fifo);

}  // namespace reeve::keeper
