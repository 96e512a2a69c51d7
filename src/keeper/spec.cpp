#include "keeper/spec.hpp"

#include "keeper/fields.hpp"

#include <signal.h>
#include <sys/resource.h>

#include <algorithm>

namespace reeve::keeper {
namespace {

// On disk and on the wire: never renumbered.
enum Tag : std::uint16_t {
  kArgument = 1,
  kEnvironment = 2,
  kDirectory = 3,
  kUid = 4,
  kGid = 5,
  kGroup = 6,
  kUmask = 7,
  kLimit = 8,
  kPolicy = 9,
  kAutoRestart = 10,
  kExitCode = 11,
  kStartSecs = 12,
  kStartRetries = 13,
  kStopWait = 14,
  kFirstWait = 15,
  kLongestWait = 16,
  kStableAfter = 17,
  kBudget = 18,
  kBudgetWindow = 19,
  kHeldFor = 20,
  kStopSignal = 21,
  kStopAsGroup = 22,
  kKillAsGroup = 23,
  kOwnCgroup = 24,
  kMergeErr = 25,
  kOut = 26,
  kErr = 27,
  kFile = 28,
  kMaxBytes = 29,
  kBackups = 30,
  kMark = 31,
  kIsOurs = 32,
};

constexpr std::int64_t kLongest = std::int64_t{366} * 86400 * 1'000'000'000;

std::string encode_output(const OutputSpec& output) {
  FieldWriter out;
  out.text(kFile, output.file);
  if (output.is_ours) out.number(kIsOurs, 1);
  out.number(kMaxBytes, output.max_bytes);
  out.number(kBackups, output.backups);
  return out.take();
}

bool decode_output(std::string_view bytes, OutputSpec& output) {
  FieldReader reader(bytes);
  while (auto field = reader.next()) {
    auto number = field->number();
    if (field->tag == kFile) output.file = field->bytes;
    if (field->tag == kIsOurs && number) output.is_ours = *number != 0;
    if (field->tag == kMaxBytes && number) output.max_bytes = std::max<std::int64_t>(*number, 0);
    if (field->tag == kBackups && number)
      output.backups = std::clamp<std::int64_t>(*number, 0, 1000);
  }
  return reader.ended_well() && output.file.find('\0') == std::string::npos;
}

void encode_rules(const Rules& rules, FieldWriter& out) {
  out.number(kPolicy, static_cast<std::int64_t>(rules.policy));
  out.number(kAutoRestart, static_cast<std::int64_t>(rules.autorestart));
  for (std::size_t code = 0; code < rules.exitcodes.size(); ++code)
    if (rules.exitcodes.test(code)) out.number(kExitCode, static_cast<std::int64_t>(code));
  out.number(kStartSecs, rules.startsecs);
  out.number(kStartRetries, rules.startretries);
  out.number(kStopWait, rules.stopwaitsecs);
  out.number(kFirstWait, rules.first_wait);
  out.number(kLongestWait, rules.longest_wait);
  out.number(kStableAfter, rules.stable_after);
  out.number(kBudget, rules.budget);
  out.number(kBudgetWindow, rules.budget_window);
  out.number(kHeldFor, rules.held_for);
}

void decode_rule(std::uint16_t tag, std::int64_t number, Rules& rules) {
  auto time = std::clamp<std::int64_t>(number, 0, kLongest);
  switch (tag) {
    case kPolicy:
      rules.policy = number == 0 ? RestartPolicy::supervisord : RestartPolicy::backoff;
      break;
    case kAutoRestart:
      rules.autorestart = AutoRestart(std::clamp<std::int64_t>(number, 0, 2));
      break;
    case kExitCode:
      if (number >= 0 && number < 256) rules.exitcodes.set(static_cast<std::size_t>(number));
      break;
    case kStartSecs: rules.startsecs = time; break;
    case kStartRetries: rules.startretries = std::clamp<std::int64_t>(number, 0, 1 << 20); break;
    case kStopWait: rules.stopwaitsecs = time; break;
    case kFirstWait: rules.first_wait = time; break;
    case kLongestWait: rules.longest_wait = time; break;
    case kStableAfter: rules.stable_after = time; break;
    case kBudget: rules.budget = std::max<std::int64_t>(number, 0); break;
    case kBudgetWindow: rules.budget_window = time; break;
    case kHeldFor: rules.held_for = std::max<std::int64_t>(time, 1); break;
    default: break;
  }
}

bool decode_limit(std::string_view bytes, Spec& spec) {
  std::int64_t numbers[3] = {};
  std::size_t count = 0;
  FieldReader reader(bytes);
  while (auto field = reader.next())
    if (auto number = field->number(); number && count < 3) numbers[count++] = *number;
  if (count != 3 || numbers[0] < 0 || numbers[0] >= RLIM_NLIMITS) return false;
  spec.limits.push_back({static_cast<int>(numbers[0]), static_cast<std::uint64_t>(numbers[1]),
                         static_cast<std::uint64_t>(numbers[2])});
  return true;
}

/// All ones stands for "leave it as it is" in the calls that take one.
bool is_id(std::int64_t number) { return number >= 0 && number < 0xffff'ffff; }

bool decode_number(std::uint16_t tag, std::int64_t number, Spec& spec) {
  if ((tag == kUid || tag == kGid || tag == kGroup) && !is_id(number)) return false;
  switch (tag) {
    case kUid:
      spec.uid = static_cast<std::uint32_t>(number);
      spec.as_user = true;
      break;
    case kGid: spec.gid = static_cast<std::uint32_t>(number); break;
    case kGroup: spec.groups.push_back(static_cast<std::uint32_t>(number)); break;
    case kUmask: spec.umask = number & 0777; break;
    case kStopSignal:
      spec.stop_signal = static_cast<int>(std::clamp<std::int64_t>(number, 1, SIGRTMAX));
      break;
    case kStopAsGroup: spec.stop_as_group = number != 0; break;
    case kKillAsGroup: spec.kill_as_group = number != 0; break;
    case kOwnCgroup: spec.own_cgroup = number != 0; break;
    case kMergeErr: spec.stderr_to_stdout = number != 0; break;
    case kMark: spec.mark = number; break;
    default: decode_rule(tag, number, spec.rules);
  }
  return true;
}

}  // namespace

std::string encode(const Spec& spec) {
  FieldWriter out;
  for (const auto& argument : spec.command) out.text(kArgument, argument);
  for (const auto& entry : spec.environment) out.text(kEnvironment, entry);
  out.text(kDirectory, spec.directory);
  if (spec.as_user) {
    out.number(kUid, spec.uid);
    out.number(kGid, spec.gid);
    for (auto group : spec.groups) out.number(kGroup, group);
  }
  out.number(kUmask, spec.umask);
  for (const auto& limit : spec.limits) {
    FieldWriter numbers;
    numbers.number(1, limit.resource);
    numbers.number(2, static_cast<std::int64_t>(limit.soft));
    numbers.number(3, static_cast<std::int64_t>(limit.hard));
    out.text(kLimit, numbers.bytes());
  }
  encode_rules(spec.rules, out);
  out.number(kStopSignal, spec.stop_signal);
  out.number(kStopAsGroup, spec.stop_as_group);
  out.number(kKillAsGroup, spec.kill_as_group);
  out.number(kOwnCgroup, spec.own_cgroup);
  out.number(kMergeErr, spec.stderr_to_stdout);
  out.text(kOut, encode_output(spec.out));
  out.text(kErr, encode_output(spec.err));
  out.number(kMark, spec.mark);
  return out.take();
}

Outcome<Spec> decode_spec(std::string_view bytes) {
  Spec spec;
  spec.rules.exitcodes.reset();
  FieldReader reader(bytes);
  while (auto field = reader.next()) {
    bool text = field->bytes.find('\0') == std::string_view::npos;
    bool good = true;
    switch (field->tag) {
      case kArgument:
        good = text;
        spec.command.emplace_back(field->bytes);
        break;
      case kEnvironment:
        good = text;
        spec.environment.emplace_back(field->bytes);
        break;
      case kDirectory:
        good = text;
        spec.directory = field->bytes;
        break;
      case kLimit: good = decode_limit(field->bytes, spec); break;
      case kOut: good = decode_output(field->bytes, spec.out); break;
      case kErr: good = decode_output(field->bytes, spec.err); break;
      default:
        if (auto number = field->number()) good = decode_number(field->tag, *number, spec);
    }
    if (!good) return failed("the process' spec has a damaged field " + std::to_string(field->tag));
  }
  if (!reader.ended_well()) return failed("the process' spec is cut off");
  if (spec.command.empty() || spec.command[0].empty()) return failed("the process has no command");
  return spec;
}

bool is_valid_name(std::string_view name) {
  auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == ':' || c == '-';
  };
  return !name.empty() && name.size() <= kMaxName && name[0] != '.' &&
         std::all_of(name.begin(), name.end(), allowed);
}

}  // namespace reeve::keeper
