// A program: what is supervised on the nodes where it is placed. The fields are those of
// supervisord's [program] under the same names where they mean the same; its numbers of seconds
// stay numbers.
#pragma once

#include "base/time.hpp"
#include "json/codec.hpp"
#include "model/byte_size.hpp"
#include "model/command.hpp"
#include "model/placement.hpp"
#include "model/process.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reeve::model {

inline constexpr std::uint32_t kMostProcesses = 1000;
inline constexpr std::size_t kMostEnvironment = 512;
/// Bytes of all names and values.
inline constexpr std::size_t kLongestEnvironment = 128 << 10;
inline constexpr std::uint32_t kMostSeconds = 366 * 86'400;

/// What becomes of a process that has ended by itself: false, "unexpected", true.
enum class AutoRestart { never, unexpected, always };
void read_form(json::Reader& reader, const json::Value& value, AutoRestart& out,
               const json::FieldRules& rules, const json::Path& path);
void write_form(std::string& out, AutoRestart when);
json::Object form_schema(const AutoRestart*);

/// How restarts are spaced: ever longer up to a cap, within a budget; or as supervisord does, one
/// second more a try, then FATAL for ever.
enum class RestartPolicy { backoff, supervisord };
BOOST_DESCRIBE_ENUM(RestartPolicy, backoff, supervisord)

/// A signal by name; JSON takes TERM, SIGTERM and 15.
struct Signal {
  int number = 15;

  bool operator==(const Signal&) const = default;
};
Result<Signal> parse_signal(std::string_view text);
/// Without SIG.
std::string to_string(Signal signal);
void read_form(json::Reader& reader, const json::Value& value, Signal& out,
               const json::FieldRules& rules, const json::Path& path);
void write_form(std::string& out, Signal signal);
json::Object form_schema(const Signal*);

struct ProgramSpec {
  std::string description{};
  Command command{};
  bool shell = false;
  std::map<std::string, std::string> environment{};
  std::optional<std::string> directory{};
  std::optional<std::string> user{};
  std::optional<std::string> umask{};
  std::uint32_t numprocs = 1;
  bool autostart = true;
  AutoRestart autorestart = AutoRestart::unexpected;
  RestartPolicy restart_policy = RestartPolicy::backoff;
  std::vector<std::uint8_t> exitcodes{0};
  std::uint32_t startsecs = 1;
  std::uint32_t startretries = 3;
  Signal stopsignal{};
  std::uint32_t stopwaitsecs = 10;
  bool stopasgroup = false;
  bool killasgroup = false;
  bool redirect_stderr = false;
  std::optional<std::string> stdout_logfile{};
  ByteSize stdout_logfile_maxbytes{50 * kMiB};
  std::uint32_t stdout_logfile_backups = 10;
  std::optional<std::string> stderr_logfile{};
  ByteSize stderr_logfile_maxbytes{50 * kMiB};
  std::uint32_t stderr_logfile_backups = 10;
  /// Nowhere while it is not given.
  std::optional<Placement> placement{};
  std::optional<std::string> set{};

  bool operator==(const ProgramSpec&) const = default;
};
BOOST_DESCRIBE_STRUCT(ProgramSpec, (),
                      (description, command, shell, environment, directory, user, umask, numprocs,
                       autostart, autorestart, restart_policy, exitcodes, startsecs, startretries,
                       stopsignal, stopwaitsecs, stopasgroup, killasgroup, redirect_stderr,
                       stdout_logfile, stdout_logfile_maxbytes, stdout_logfile_backups,
                       stderr_logfile, stderr_logfile_maxbytes, stderr_logfile_backups, placement,
                       set))

/// No log; the default is a file in the node's own folder of logs.
inline constexpr std::string_view kNoLog = "NONE";

/// What is wrong across fields.
void check_program(const ProgramSpec& spec, json::Faults& faults, const json::Path& path);

/// The one way to store what can be written in several: a line is split where no shell was asked
/// for. Only of a spec that check_program() let through.
void settle(ProgramSpec& spec);

/// Its process `index` of numprocs: the program's name, or NAME_00, NAME_01…
std::string process_name(std::string_view program, std::uint32_t index, std::uint32_t numprocs);

/// What people ask of processes.
enum class Verb { start, stop, restart, signal };
BOOST_DESCRIBE_ENUM(Verb, start, stop, restart, signal)

/// On which nodes, and which processes; all if not given.
struct VerbRequest {
  std::optional<std::vector<std::string>> nodes{};
  std::optional<std::vector<std::string>> processes{};
};
BOOST_DESCRIBE_STRUCT(VerbRequest, (), (nodes, processes))

constexpr auto rules(const VerbRequest*) {
  return std::array{json::field("nodes").items(1, kMostPlacedNodes).text("all if not given"),
                    json::field("processes").items(1, kMostProcesses).text("all if not given")};
}

struct SignalRequest : VerbRequest {
  Signal signal{};
};
BOOST_DESCRIBE_STRUCT(SignalRequest, (VerbRequest), (signal))

constexpr auto rules(const SignalRequest*) {
  return std::array{json::field("nodes").items(1, kMostPlacedNodes).text("all if not given"),
                    json::field("processes").items(1, kMostProcesses).text("all if not given"),
                    json::field("signal").required().text("TERM, HUP, USR1 …")};
}

/// How long an order may take for one process.
Duration longest_order(const ProgramSpec& program);

/// The document in the store. `revision` counts its edits from 1.
struct StoredProgram : ProgramSpec {
  std::string uid;
  std::string name;
  std::uint64_t revision = 0;
  WallTime created{};
  WallTime modified{};
  /// Nodes that it was taken from and that have not said yet that it is gone there.
  std::vector<std::string> leaving{};
  json::Object unknown{};
};
BOOST_DESCRIBE_STRUCT(StoredProgram, (ProgramSpec),
                      (uid, name, revision, created, modified, leaving))

/// What a node gets of it.
struct PlacedProgram : ProgramSpec {
  std::string uid;
  std::string name;
  std::uint64_t revision = 0;
  std::uint64_t epoch = 1;    // (epoch, version) only rises
  std::uint64_t version = 0;  // the store revision that last changed what nodes shall have
  json::Object unknown{};

  bool operator==(const PlacedProgram&) const = default;
};
BOOST_DESCRIBE_STRUCT(PlacedProgram, (ProgramSpec), (uid, name, revision, epoch, version))

/// How its processes fare, over all nodes that it is placed on.
struct ProgramCounts {
  std::uint64_t nodes = 0;
  std::uint64_t running = 0;
  std::uint64_t changing = 0;  // STARTING and STOPPING
  std::uint64_t stopped = 0;   // STOPPED and EXITED
  std::uint64_t failed = 0;    // BACKOFF and FATAL
  std::uint64_t unknown = 0;
  std::uint64_t outdated = 0;  // that run by an earlier definition
};
BOOST_DESCRIBE_STRUCT(ProgramCounts, (),
                      (nodes, running, changing, stopped, failed, unknown, outdated))

void count(const ProcessStatus& process, ProgramCounts& counts);

/// What the API shows.
struct Program : ProgramSpec {
  std::string uid;
  std::string name;
  std::uint64_t revision = 0;
  std::uint64_t version = 0;  // the store revision that last changed it
  WallTime created{};
  WallTime modified{};
  ProgramCounts processes{};
};
BOOST_DESCRIBE_STRUCT(Program, (ProgramSpec),
                      (uid, name, revision, version, created, modified, processes))

/// What PUT takes.
struct ProgramRequest : ProgramSpec {
  std::optional<std::string> name{};  // if given, the name in the path
  json::Value uid{};
  json::Value revision{};
  json::Value version{};
  json::Value created{};
  json::Value modified{};
  json::Value processes{};
  json::Value unconfirmed{};
};
BOOST_DESCRIBE_STRUCT(ProgramRequest, (ProgramSpec),
                      (name, uid, revision, version, created, modified, processes, unconfirmed))

constexpr auto rules(const ProgramRequest*) {
  return std::array{
      json::field("name").pattern("^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"),
      json::field("description").length(0, 4096),
      json::field("command").required().text(
          "the arguments, run without a shell; a line is split at blanks and quotes, or, with "
          "shell: true, handed to /bin/sh -c"),
      json::field("shell").text("run the line by /bin/sh -c"),
      json::field("environment")
          .items(0, kMostEnvironment)
          .text("variables beside those that the agent sets: HOME, USER, LOGNAME, PATH, SHELL"),
      json::field("directory").length(1, 4096).text("the working directory; default: /"),
      json::field("user").length(1, 64).text(
          "who it runs as, by name or number as the node knows them; the node's reeve.yaml may "
          "forbid it; default: the agent's own user unless that is root"),
      json::field("umask").pattern("^0?[0-7]{3}$").text("octal; default: 022"),
      json::field("numprocs")
          .range(1, kMostProcesses)
          .text("how many processes; more than one are called NAME_00, NAME_01…"),
      json::field("autostart").text("start it when the node's agent has it, and after a reboot"),
      json::field("autorestart")
          .text("true: whenever it ends; \"unexpected\": unless it ends with one of exitcodes"),
      json::field("restart_policy")
          .text("backoff: waits that grow to a minute, with a budget; supervisord: one second more "
                "a try, then FATAL until somebody starts it"),
      json::field("exitcodes").items(0, 256).text("exit codes that are expected"),
      json::field("startsecs")
          .range(0, kMostSeconds)
          .text("seconds it must stay up to count as RUNNING"),
      json::field("startretries").range(0, 1'000'000),
      json::field("stopsignal").text("what stop sends first"),
      json::field("stopwaitsecs")
          .range(0, kMostSeconds)
          .text("seconds from the stop signal to KILL"),
      json::field("stopasgroup").text("send the stop signal to its whole process group"),
      json::field("killasgroup").text("send KILL to its whole process group"),
      json::field("redirect_stderr").text("both outputs go to the log of stdout"),
      json::field("stdout_logfile")
          .length(1, 4096)
          .text("an absolute path, in which {process} is the process' name; NONE: no log; default: "
                "<data>/logs/<program>/<process>.stdout.log"),
      json::field("stdout_logfile_maxbytes").text("rotated at this size; 0: never"),
      json::field("stdout_logfile_backups").range(0, 1000).text("rotated files that are kept"),
      json::field("stderr_logfile").length(1, 4096),
      json::field("stderr_logfile_backups").range(0, 1000),
      json::field("placement").text("where it runs; nowhere while it is not given"),
      json::field("set")
          .pattern("^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")
          .text("the manifests it belongs to: what is missing there may be pruned"),
      json::field("uid").read_only(),
      json::field("revision").read_only(),
      json::field("version").read_only(),
      json::field("created").read_only(),
      json::field("modified").read_only(),
      json::field("processes").read_only(),
      json::field("unconfirmed").read_only(),
  };
}
void validate(const ProgramRequest& request, json::Faults& faults, const json::Path& path);

}  // namespace reeve::model
