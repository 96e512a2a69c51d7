// The agent's programs: hands what the spec says to the supervisor, and what that sees to the link.
// Domain loop.
#pragma once

#include "agent/calls.hpp"
#include "agent/spec.hpp"
#include "async/call.hpp"
#include "link/messages.hpp"
#include "link/program_call.hpp"
#include "supervise/supervisor.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace reeve::agent {

class Programs {
 public:
  /// Of these programs, by uid, there is news.
  using Changed = std::function<void(const std::set<std::string>&)>;

  /// All must outlive this.
  Programs(async::Loop& loop, async::BlockingPool& pool, sys::Files& files,
           supervise::SupervisorSettings settings, Changed changed);

  /// Before start(), once.
  Task<Result<>> load();
  void start();
  /// The programs go on.
  Task<Result<>> stop(Duration limit);
  /// They and the keeper are ended.
  Task<Result<>> end(Duration limit);

  void want(const std::map<std::string, HeldProgram>& programs);

  /// Adds how it fares; `removed` where nothing of it is left.
  void complete(link::ProgramWord& word) const;

  /// Answers link::kProgramCall. Ends with the last process; a process that fails is a line, not a
  /// failure of the call.
  Task<Result<>> act(json::Value arguments, Calls::Stream stream);

  const supervise::Supervisor& supervisor() const { return supervisor_; }

 private:
  async::Loop& loop_;
  std::set<std::string> wanted_;  // uids
  supervise::Supervisor supervisor_;
};

}  // namespace reeve::agent
