// Writes down in the audit log whom the link's port turned away, each kind of reason of each
// address (of a node that has proved who it is: of each node) once: what comes again and again is
// counted, and told once an hour. What a stranger chooses himself, such as a name, makes no entry
// of its own. Bounded, whoever knocks how often. Domain loop.
#pragma once

#include "async/task_group.hpp"
#include "manager/editor.hpp"
#include "manager/rate_limit.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>

namespace reeve::manager {

/// Somebody who was turned away.
struct Refusal {
  std::string action;  // "node.join"
  std::string object;  // "node/web-1"
  std::string from;    // address
  std::string request_id;
  std::string why;
  Errc code = Errc::forbidden;
  std::string node;  // uid, where the peer's certificate proves it
};

class RefusalLog {
 public:
  /// Both must outlive this.
  RefusalLog(async::Loop& domain, Editor& editor);
  RefusalLog(const RefusalLog&) = delete;
  RefusalLog& operator=(const RefusalLog&) = delete;

  /// Written soon.
  void note(Refusal refusal);
  Task<Result<>> stop(Duration limit) { return tasks_.stop(limit); }

 private:
  struct Repeats {
    Instant written{};
    WallTime since{};
    std::uint64_t untold = 0;
  };
  bool is_told_now(Refusal& refusal);
  void make_room();

  async::Loop& domain_;
  Editor& editor_;
  RateLimit limit_;
  std::unordered_map<std::string, Repeats> known_;
  async::TaskGroup tasks_;
};

}  // namespace reeve::manager
