// What must outlive a killed keeper: a file that guardian, keeper and, until it executes, a child
// have mapped. Chunks of 256 rows and slots, each chunk given its disk space before it is used, for
// a hole on a full disk would be a SIGBUS. Rows have one layout for ever: a guardian of an older
// version writes them. Slots and events are the keeper's alone; their sizes stand in the header,
// and bytes that a version does not know stay as they are.
#pragma once

#include "base/unique_fd.hpp"
#include "keeper/life.hpp"
#include "keeper/outcome.hpp"

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace reeve::keeper {

constexpr std::uint32_t kMaxSlots = 8192;
constexpr std::uint32_t kSlotsPerChunk = 256;
constexpr std::uint32_t kEvents = 1024;

/// The process of a slot. The child writes pid and start time before it executes; whoever reaps it
/// writes status, then exited, then reaps: while `exited` is 0 the pid is taken by nobody else.
struct Row {
  std::atomic<std::int32_t> pid;          // 0: none
  std::atomic<std::uint32_t> epoch;       // of the guardian it was born under
  std::atomic<std::uint64_t> start_time;  // clock ticks since boot, as in /proc/PID/stat
  std::atomic<std::int32_t> status;       // as waitpid() gives it
  std::atomic<std::uint32_t> exited;
  std::atomic<std::int32_t> failed_step;  // a SpawnStep: the child did not come to exec
  std::atomic<std::int32_t> failed_errno;
};
static_assert(sizeof(Row) == 32);

enum class EventKind : std::uint32_t { state = 1, started = 2, ended = 3, output = 4, removed = 5 };

struct Event {
  std::uint64_t sequence = 0;
  std::int64_t wall = 0;
  std::uint32_t slot = 0;
  EventKind kind = EventKind::state;
  std::uint64_t incarnation = 0;  // which spawn of the slot
  std::uint64_t uid = 0;          // of the slot's process: a slot is used again
  std::int32_t state = 0;
  std::int32_t pid = 0;
  std::int32_t status = 0;  // ended: as waitpid() gives it; output: an errno, 0 when well again
  std::uint32_t known = 1;  // ended: 0 when nobody saw it
  std::uint64_t reserved = 0;
};
static_assert(sizeof(Event) == 64);

struct Slot {
  std::atomic<std::uint32_t> used;
  std::atomic<std::uint32_t> current;  // which of the two lives counts
  Life lives[2];
  char name[128];
  std::uint64_t uid;
  std::uint64_t incarnation;
  std::uint64_t ends;      // folded: how often it ended …
  std::uint64_t restarts;  // … and was started again without being asked
  std::int64_t started_wall;
  std::int64_t ended_wall;
  std::int32_t last_status;
  std::uint32_t last_known;  // 0: never ended, or nobody saw it
  std::uint64_t ended_for;   // the incarnation whose end is in the counters
  char reason[176];
  std::int64_t started_mark;  // of the spec that the incarnation was made by
  char reserved[112];
};

struct Header {
  char magic[8];
  std::uint32_t version;
  std::uint32_t slot_bytes;
  char boot_id[40];
  std::atomic<std::uint32_t> epoch;  // counts guardians that did not come from a keeper
  std::atomic<std::uint32_t> high;   // slots below it have been used
  std::atomic<std::int32_t> guardian;
  std::atomic<std::int32_t> keeper;
  std::atomic<std::uint64_t> last_event;
  std::uint64_t last_uid;
  std::uint64_t nofile_soft, nofile_hard;  // as the guardian was given them; for the children
  std::int32_t oom_score_adj;              // likewise
  std::uint32_t oom_lowered;
  char program[256];  // what the guardian executes as keeper; empty: itself
};

class Table {
 public:
  /// Maps `file`, made if need be. `fresh`: of another boot, or new; then it is empty.
  static Outcome<Table> open(const std::string& file, std::string_view boot_id);
  Table(Table&& other) noexcept;
  Table& operator=(Table&&) = delete;
  ~Table();

  Header& header() const { return *reinterpret_cast<Header*>(base_); }
  /// Only below `high`.
  Row& row(std::uint32_t at) const;
  Slot& slot(std::uint32_t at) const;
  bool fresh() const { return fresh_; }

  /// Gives the next chunk its space if `at` lies in it, and raises `high`.
  Outcome<> make_room_for(std::uint32_t at);

  /// The two halves of changing a life: the new one beside the old one, then the switch.
  static Life life(const Slot& slot) { return slot.lives[slot.current.load() & 1]; }
  static void set_life(Slot& slot, const Life& life);

  /// Numbers the event and puts it in the ring.
  std::uint64_t append(Event event);
  /// Nothing if it is not in the ring (any more).
  const Event* event(std::uint64_t sequence) const;

 private:
  Table(UniqueFd file, char* base, bool fresh)
      : file_(std::move(file)), base_(base), fresh_(fresh) {}

  UniqueFd file_;
  char* base_;
  bool fresh_;
};

/// The running kernel's; empty only where /proc is missing.
std::string read_boot_id();

}  // namespace reeve::keeper
