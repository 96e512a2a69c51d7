// What a supervisor knows of its processes, for those who ask.
#include "base/quote.hpp"
#include "keeper/log_file.hpp"
#include "model/name.hpp"
#include "supervise/status.hpp"
#include "supervise/supervisor.hpp"

namespace reeve::supervise {

std::optional<ProgramState> Supervisor::state(const std::string& uid) const {
  auto found = held_.find(uid);
  if (found == held_.end()) {
    ProgramState state{.uid = uid, .name = {}};
    for (const auto& [process, owner] : leaving_)
      if (auto report = reports_.find(process); owner == uid && report != reports_.end())
        state.processes.push_back(status_of(report->second, report->second.mark));
    if (state.processes.empty()) return std::nullopt;
    return state;
  }
  const auto& held = found->second;
  const auto& program = *held.program;
  ProgramState state{uid, program.name, program.revision, program.version, held.error, {}};
  if (!state.error) state.error = trouble_;
  for (std::uint32_t i = 0; i < program.numprocs; ++i) {
    auto name = model::process_name(program.name, i, program.numprocs);
    if (auto refusal = refusals_.find(name); refusal != refusals_.end() && !state.error)
      state.error = refusal->second;
    auto report = reports_.find(name);
    if (report == reports_.end()) {
      state.processes.push_back({.process = name, .state = model::ProcessState::UNKNOWN});
      continue;
    }
    auto mark = i < held.processes.size() ? held.processes[i].spec.mark : report->second.mark;
    state.processes.push_back(status_of(report->second, mark));
  }
  return state;
}

std::vector<ProgramState> Supervisor::states() const {
  std::vector<ProgramState> all;
  for (const auto& [uid, held] : held_)
    if (auto one = state(uid)) all.push_back(std::move(*one));
  return all;
}

Result<LogPlace> Supervisor::log_of(const std::string& process, model::OutputStream stream) const {
  const auto* held = owner_of(process);
  if (!held) return fail(Errc::not_found, "there is no process {} on this node", quote(process));
  const auto* resolved = find_process(process);
  if (!resolved)
    return fail(Errc::conflict, "{}: {}", process,
                held->error.value_or("it has not been looked at yet; try again"));
  const auto& spec = resolved->spec;
  bool is_out = stream == model::OutputStream::out;
  if (!is_out && spec.stderr_to_stdout)
    return fail(Errc::conflict, "the standard error of {} goes to its standard output: read that",
                quote(process));
  const auto& output = is_out ? spec.out : spec.err;
  if (output.file.empty())
    return fail(Errc::conflict, "the standard {} of {} is not kept: its {}_logfile is NONE",
                is_out ? "output" : "error", quote(process), is_out ? "stdout" : "stderr");
  return LogPlace{output.file, output.backups, keeper::log_user(spec, output)};
}

}  // namespace reeve::supervise
