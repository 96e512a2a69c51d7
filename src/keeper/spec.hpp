// What the keeper is told about one process, resolved: numeric user, whole environment, absolute
// paths. It travels as a sealed memfd and lies in a file; both are fields. Fields of a newer
// version stay in the file and are skipped here. Pure; any thread.
#pragma once

#include "keeper/life.hpp"
#include "keeper/outcome.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace reeve::keeper {

constexpr std::size_t kMaxSpec = 1 << 20;
constexpr std::size_t kMaxName = 127;

struct Limit {
  int resource = 0;  // RLIMIT_…
  std::uint64_t soft = 0, hard = 0;
};

/// Where one of a process' outputs goes.
struct OutputSpec {
  std::string file;      // empty: nowhere
  bool is_ours = false;  // in the agent's own folder; else it is touched as the program's user
  std::int64_t max_bytes = 50 << 20;  // 0: not rotated by size
  std::int64_t backups = 10;
};

struct Spec {
  std::vector<std::string> command;
  std::vector<std::string> environment;  // "NAME=value"
  std::string directory;                 // empty: /
  bool as_user = false;                  // else as the keeper itself
  std::uint32_t uid = 0, gid = 0;
  std::vector<std::uint32_t> groups;
  std::int64_t umask = 022;
  std::vector<Limit> limits;
  Rules rules;
  int stop_signal = 15;
  bool stop_as_group = false, kill_as_group = false;
  bool own_cgroup = true;         // where one can be made
  bool stderr_to_stdout = false;  // one FIFO for both
  OutputSpec out, err;
  std::int64_t mark = 0;  // the agent's own; told again in reports
};

std::string encode(const Spec& spec);
Outcome<Spec> decode_spec(std::string_view bytes);

/// Names are kept as file names: letters, digits and "._:-", at most 127, no leading dot.
bool is_valid_name(std::string_view name);

}  // namespace reeve::keeper
