// The agent's programs: hands what the spec says to the supervisor, and what that sees to the link.
// Domain loop.
#pragma once

#include "agent/calls.hpp"
#include "agent/spec.hpp"
#include "async/call.hpp"
#include "async/notifier.hpp"
#include "link/log_call.hpp"
#include "link/messages.hpp"
#include "link/program_call.hpp"
#include "supervise/supervisor.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
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
  /// So that who waits for one hears something before the end.
  void end_orders();
  /// The programs go on.
  Task<Result<>> stop(Duration limit);
  /// They and the keeper are ended.
  Task<Result<>> end(Duration limit);

  void want(const std::map<std::string, HeldProgram>& programs);

  /// Adds how it fares; `removed` where nothing of it is left.
  void complete(link::ProgramWord& word) const;

  /// Of each process as it is there, or fails; an error ends it all.
  using Told = std::function<Task<Result<>>(link::ProcessOutcome)>;
  /// Waits a moment for the definition that the call was made for. Ends with the last process. One
  /// that fails is an outcome, not a failure of the call.
  Task<Result<>> act(link::ProgramCall call, Told told);
  /// Answers link::kProgramCall.
  Task<Result<>> answer_order(json::Value arguments, Calls::Stream stream);

  /// As many logs are read at a time; more are refused.
  static constexpr std::size_t kMostLogs = 48;
  /// Answers link::kLogCall.
  Task<Result<>> answer_log(json::Value arguments, Calls::Stream stream);

  /// Where a log lies, of a process of this program; as Supervisor::log_of().
  Result<supervise::LogPlace> log_of(const std::string& program, const std::string& process,
                                     model::OutputStream stream) const;

  const supervise::Supervisor& supervisor() const { return supervisor_; }

 private:
  async::Loop& loop_;
  async::BlockingPool& pool_;
  /// (epoch, version) of the definition.
  using Version = std::pair<std::uint64_t, std::uint64_t>;
  Task<Result<>> wait_for_version(std::string program, Version version);

  std::map<std::string, Version> wanted_;  // by uid
  async::Notifier wanted_changed_;
  bool is_ending_ = false;
  std::size_t logs_ = 0;  // that are being read
  supervise::Supervisor supervisor_;
};

}  // namespace reeve::agent
