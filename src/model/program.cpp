#include "model/program.hpp"

#include "base/quote.hpp"
#include "model/file_words.hpp"
#include "model/name.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstring>
#include <utility>

namespace reeve::model {
namespace {

bool has_zero(std::string_view text) { return text.find('\0') != text.npos; }

void check_variables(const std::map<std::string, std::string>& environment, json::Faults& faults,
                     const json::Path& path) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : environment) {
    bytes += name.size() + value.size() + 2;
    if (name.empty() || has_zero(name) || name.find('=') != name.npos)
      faults.add(path / name, fmt::format("expected the name of a variable, got {}", quote(name)));
    if (has_zero(value)) faults.add(path / name, "a variable must not hold a zero byte");
  }
  if (bytes > kLongestEnvironment)
    faults.add(path, fmt::format("the variables have at most {} bytes together, these have {}",
                                 kLongestEnvironment, bytes));
}

void check_log(const std::optional<std::string>& file, std::uint32_t numprocs, json::Faults& faults,
               const json::Path& path) {
  if (!file || *file == kNoLog) return;
  check_absolute_path(*file, faults, path);
  if (file->ends_with('/'))
    faults.add(path, fmt::format("expected the path of a file, got {}", quote(*file)));
  if (numprocs > 1 && file->find("{process}") == std::string::npos)
    faults.add(path, "with several processes each needs a file of its own: put {process} in it");
}

}  // namespace

void read_form(json::Reader& reader, const json::Value& value, AutoRestart& out,
               const json::FieldRules&, const json::Path& path) {
  json::Value seen;
  reader.free_form(value, seen, path);
  if (seen.is_bool())
    out = seen.get_bool() ? AutoRestart::always : AutoRestart::never;
  else if (seen.is_string() && seen.get_string() == "unexpected")
    out = AutoRestart::unexpected;
  else
    reader.faults().add(path, fmt::format("expected true, false or \"unexpected\", got {}",
                                          json::serialize(seen).substr(0, 100)));
}

void write_form(std::string& out, AutoRestart when) {
  switch (when) {
    case AutoRestart::never: out += "false"; break;
    case AutoRestart::unexpected: out += "\"unexpected\""; break;
    case AutoRestart::always: out += "true"; break;
  }
}

json::Object form_schema(const AutoRestart*) {
  return {{"enum", json::Array{true, false, "unexpected"}}};
}

Result<Signal> parse_signal(std::string_view text) {
  int number = 0;
  const char* end = text.data() + text.size();
  auto [after, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && after == end && number > 0 && number < SIGRTMIN)
    return Signal{number};
  std::string_view name = text.starts_with("SIG") ? text.substr(3) : text;
  for (int known = 1; known < NSIG && known < SIGRTMIN; ++known) {
    const char* abbreviation = ::sigabbrev_np(known);
    if (abbreviation && name == abbreviation) return Signal{known};
  }
  return fail(Errc::invalid, "expected a signal such as TERM, HUP or USR1, got {}", quote(text));
}

std::string to_string(Signal signal) {
  const char* abbreviation = ::sigabbrev_np(signal.number);
  return abbreviation ? std::string(abbreviation) : std::to_string(signal.number);
}

void read_form(json::Reader& reader, const json::Value& value, Signal& out,
               const json::FieldRules& rules, const json::Path& path) {
  json::Value seen;
  reader.free_form(value, seen, path);
  auto text = seen.is_string() ? std::string(seen.get_string()) : json::serialize(seen);
  auto signal = parse_signal(text);
  if (signal)
    out = *signal;
  else
    reader.text_fault(signal.error(), rules, path);
}

void write_form(std::string& out, Signal signal) { json::write_string(out, to_string(signal)); }

json::Object form_schema(const Signal*) {
  return {
      {"oneOf", json::Array{json::Object{{"type", "string"}, {"pattern", "^(SIG)?[A-Z0-9]+$"}},
                            json::Object{{"type", "integer"}, {"minimum", 1}, {"maximum", 31}}}}};
}

void check_program(const ProgramSpec& spec, json::Faults& faults, const json::Path& path) {
  check_command(spec.command, spec.shell, faults, path / "command");
  check_variables(spec.environment, faults, path / "environment");
  if (spec.directory) check_absolute_path(*spec.directory, faults, path / "directory");
  if (spec.user && (has_zero(*spec.user) || spec.user->find('/') != std::string::npos))
    faults.add(path / "user",
               fmt::format("expected the name of a user, got {}", quote(*spec.user)));
  if (spec.umask && !is_octal_mode(*spec.umask))
    faults.add(path / "umask",
               fmt::format("expected octal digits such as \"022\", got {}", quote(*spec.umask)));
  check_log(spec.stdout_logfile, spec.numprocs, faults, path / "stdout_logfile");
  check_log(spec.stderr_logfile, spec.numprocs, faults, path / "stderr_logfile");
  if (spec.stderr_logfile && spec.redirect_stderr)
    faults.add(path / "stderr_logfile",
               "with redirect_stderr both outputs go to the log of stdout; leave one of them out");
  bool is_shared = spec.stdout_logfile && *spec.stdout_logfile != kNoLog &&
                   spec.stdout_logfile == spec.stderr_logfile;
  if (is_shared && !spec.redirect_stderr)
    faults.add(path / "stderr_logfile",
               "both logs are one file; say redirect_stderr: true instead");
  if (spec.set) check_name(*spec.set, faults, path / "set");
}

void settle(ProgramSpec& spec) { split_if_line(spec.command, spec.shell); }

std::string process_name(std::string_view program, std::uint32_t index, std::uint32_t numprocs) {
  if (numprocs == 1) return std::string(program);
  return fmt::format("{}_{:02}", program, index);
}

Duration longest_order(const ProgramSpec& program) {
  using namespace std::chrono_literals;
  constexpr Duration kBeside = 30s;
  constexpr Duration kLongest = 10min;
  auto own = std::chrono::seconds(program.startsecs) + std::chrono::seconds(program.stopwaitsecs);
  return std::min<Duration>(own + kBeside, kLongest);
}

void count(const ProcessStatus& process, ProgramCounts& counts) {
  switch (process.state) {
    case ProcessState::RUNNING: ++counts.running; break;
    case ProcessState::STARTING:
    case ProcessState::STOPPING: ++counts.changing; break;
    case ProcessState::STOPPED:
    case ProcessState::EXITED: ++counts.stopped; break;
    case ProcessState::BACKOFF:
    case ProcessState::FATAL: ++counts.failed; break;
    case ProcessState::UNKNOWN: ++counts.unknown; break;
  }
  counts.outdated += process.outdated;
}

void validate(const ProgramRequest& request, json::Faults& faults, const json::Path& path) {
  if (request.name) check_name(*request.name, faults, path / "name");
  check_program(request, faults, path);
}

}  // namespace reeve::model
