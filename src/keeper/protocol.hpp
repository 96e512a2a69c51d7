// The words between an agent and its keeper: packets of fields on a SOCK_SEQPACKET socket (0600;
// the peer's uid is the keeper's or root's). The agent asks with an id, each request has one answer
// with that id; `set` brings the spec as a sealed memfd. Who subscribes gets events in order, from
// the number it has seen; what has fallen out of the ring is told as a gap, after which every
// process is reported whole, with its counters. Pure; any thread; both sides use it.
#pragma once

#include "keeper/outcome.hpp"
#include "keeper/table.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace reeve::keeper {

constexpr std::int64_t kProtocol = 1;
constexpr std::size_t kMaxPacket = 32 << 10;

enum class Ask : std::int64_t {
  hello = 1,    // → answer: protocol, version, boot id, newest event
  set = 2,      // name, a memfd; number 1: and start it. A running one takes it at its next start
  remove = 3,   // name; refused while there is a process
  start = 4,    // name
  stop = 5,     // name
  restart = 6,  // name
  signal = 7,   // name, number; second 1: to its process group
  rotate = 8,   // name: both logs, each at its next line's end
  list = 9,     // → a report each, then the answer; with a name of that process alone
  subscribe = 10,  // number: the last event seen; 0: from the oldest kept
  upgrade = 11,    // text: the program to become; answered by the new one
  shutdown = 12,   // number 1: programs are left running
};

enum class Tell : std::int64_t { answer = 100, report = 101, events = 102, gap = 103 };

struct Request {
  Ask ask = Ask::hello;
  std::int64_t id = 0;
  std::string name;
  std::int64_t number = 0, second = 0;
  std::string text;
};

struct Answer {
  std::int64_t id = 0;
  std::string error;        // empty: done
  std::int64_t number = 0;  // hello, subscribe: the newest event
  std::string text;         // hello: version and boot id
};

/// All there is to say of one process.
struct Report {
  std::int64_t id = 0;  // of the list it belongs to; 0 after a gap
  std::uint64_t uid = 0;
  std::string name;
  State state = State::unknown;
  std::int64_t pid = 0, incarnation = 0, ends = 0, restarts = 0, failures = 0;
  std::int64_t started = 0, ended = 0, held_until = 0;  // wall; 0: not
  std::int64_t status = 0, known = 0;                   // of the last end, as waitpid() gives it
  std::int64_t trouble = 0;                             // errno that its log is stuck with
  std::int64_t mark = 0, started_mark = 0;              // of its spec, and of the last spawn's
  std::string reason;
};

/// One packet, decoded: just the part that `kind` names is filled in.
struct Told {
  Tell kind = Tell::answer;
  Answer answer;
  Report report;
  std::vector<Event> events;
};

std::string encode(const Request& request);
Outcome<Request> decode_request(std::string_view packet);

std::string encode(const Answer& answer);
std::string encode(const Report& report);
std::string encode(const std::vector<Event>& events);
std::string encode_gap();
Outcome<Told> decode_told(std::string_view packet);

}  // namespace reeve::keeper
