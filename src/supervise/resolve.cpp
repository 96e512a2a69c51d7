#include "supervise/resolve.hpp"

#include "base/quote.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <string_view>
#include <utility>

namespace reeve::supervise {

namespace {

using model::OutputStream;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr const char* kPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr std::string_view kProcessPlace = "{process}";
constexpr int kDefaultUmask = 022;

bool is_allowed(const NodeRules& rules, const sys::Account& account, uid_t own) {
  if (rules.allow_own && account.uid == own) return true;
  if (!rules.run_as) return account.uid != 0;
  return std::ranges::find(*rules.run_as, account.name) != rules.run_as->end();
}

/// Who the program runs as.
Result<sys::Account> account_of(const model::ProgramSpec& spec, const ResolveSettings& settings) {
  auto own = settings.own_uid;
  if (!spec.user && own == 0)
    return fail(Errc::forbidden,
                "the agent runs as root: say as which user the program runs (user: NAME)");
  TRY_ASSIGN(auto account, settings.find_account(spec.user ? *spec.user : std::to_string(own)));
  if (own != 0 && account.uid != own)
    return fail(Errc::forbidden, "the agent runs as uid {} and can run no program as {}", own,
                quote(account.name));
  if (!is_allowed(settings.rules, account, own))
    return fail(Errc::forbidden,
                "this node runs no program as {}; its own reeve.yaml says as whom (run_as)",
                quote(account.name));
  return account;
}

std::vector<std::string> environment_of(const model::PlacedProgram& program,
                                        const std::string& process, const sys::Account& account) {
  std::map<std::string, std::string> all{{"PATH", kPath},           {"HOME", account.home},
                                         {"USER", account.name},    {"LOGNAME", account.name},
                                         {"SHELL", "/bin/sh"},      {"REEVE_PROGRAM", program.name},
                                         {"REEVE_PROCESS", process}};
  for (const auto& [name, value] : program.environment) all.insert_or_assign(name, value);
  std::vector<std::string> entries;
  entries.reserve(all.size());
  for (const auto& [name, value] : all) entries.push_back(name + "=" + value);
  return entries;
}

keeper::Rules rules_of(const model::ProgramSpec& spec) {
  keeper::Rules rules;
  bool is_backoff = spec.restart_policy == model::RestartPolicy::backoff;
  rules.policy = is_backoff ? keeper::RestartPolicy::backoff : keeper::RestartPolicy::supervisord;
  switch (spec.autorestart) {
    case model::AutoRestart::never: rules.autorestart = keeper::AutoRestart::never; break;
    case model::AutoRestart::unexpected: rules.autorestart = keeper::AutoRestart::unexpected; break;
    case model::AutoRestart::always: rules.autorestart = keeper::AutoRestart::always; break;
  }
  rules.exitcodes.reset();
  for (auto code : spec.exitcodes) rules.exitcodes.set(code);
  rules.startsecs = spec.startsecs * kSecond;
  rules.startretries = spec.startretries;
  rules.stopwaitsecs = spec.stopwaitsecs * kSecond;
  return rules;
}

/// One that the program names is touched with its user's rights, not with ours.
keeper::OutputSpec output_of(const std::filesystem::path& file, bool is_named,
                             model::ByteSize max_bytes, std::uint32_t backups) {
  return {file.native(), !is_named, static_cast<std::int64_t>(max_bytes.bytes), backups};
}

int umask_of(const model::ProgramSpec& spec) {
  if (!spec.umask) return kDefaultUmask;
  int mask = 0;
  std::from_chars(spec.umask->data(), spec.umask->data() + spec.umask->size(), mask, 8);
  return mask;
}

keeper::Spec spec_of(const model::PlacedProgram& program, const std::string& process,
                     const sys::Account& account, const ResolveSettings& settings) {
  keeper::Spec spec;
  spec.command = program.shell ? std::vector<std::string>{"/bin/sh", "-c", program.command.line}
                               : program.command.arguments;
  spec.environment = environment_of(program, process, account);
  spec.directory = program.directory.value_or("/");
  spec.as_user = settings.own_uid == 0;
  spec.uid = account.uid;
  spec.gid = account.gid;
  spec.groups.assign(account.groups.begin(), account.groups.end());
  spec.umask = umask_of(program);
  spec.rules = rules_of(program);
  spec.stop_signal = program.stopsignal.number;
  spec.stop_as_group = program.stopasgroup;
  // As supervisord does: who asks for the group to be stopped wants it killed too.
  spec.kill_as_group = program.killasgroup || program.stopasgroup;
  spec.stderr_to_stdout = program.redirect_stderr;
  auto log = [&](OutputStream stream) {
    return log_path(program, program.name, process, stream, settings.logs);
  };
  spec.out = output_of(log(OutputStream::out), program.stdout_logfile.has_value(),
                       program.stdout_logfile_maxbytes, program.stdout_logfile_backups);
  spec.err = output_of(log(OutputStream::err), program.stderr_logfile.has_value(),
                       program.stderr_logfile_maxbytes, program.stderr_logfile_backups);
  return spec;
}

/// FNV-1a of the spec's bytes, kept positive: a mark is a number on the wire.
std::int64_t mark_of(const keeper::Spec& spec) {
  std::uint64_t mark = 14'695'981'039'346'656'037U;
  for (char c : keeper::encode(spec))
    mark = (mark ^ static_cast<unsigned char>(c)) * 1'099'511'628'211U;
  return static_cast<std::int64_t>(mark >> 1);
}

}  // namespace

Result<std::vector<ResolvedProcess>> resolve(const model::PlacedProgram& program,
                                             const ResolveSettings& settings) {
  TRY_ASSIGN(auto account, account_of(program, settings));
  std::vector<ResolvedProcess> processes;
  processes.reserve(program.numprocs);
  for (std::uint32_t index = 0; index < program.numprocs; ++index) {
    ResolvedProcess process{model::process_name(program.name, index, program.numprocs), {}};
    process.spec = spec_of(program, process.name, account, settings);
    process.spec.mark = mark_of(process.spec);
    processes.push_back(std::move(process));
  }
  return processes;
}

std::filesystem::path log_path(const model::ProgramSpec& spec, const std::string& program,
                               const std::string& process, model::OutputStream stream,
                               const std::filesystem::path& logs) {
  if (stream == OutputStream::err && spec.redirect_stderr) return {};
  const auto& named = stream == OutputStream::out ? spec.stdout_logfile : spec.stderr_logfile;
  if (!named)
    return logs / program /
           (process + (stream == OutputStream::out ? ".stdout.log" : ".stderr.log"));
  if (*named == model::kNoLog) return {};
  auto path = *named;
  for (auto at = path.find(kProcessPlace); at != path.npos; at = path.find(kProcessPlace, at))
    path.replace(at, kProcessPlace.size(), process);
  return std::filesystem::path(path).lexically_normal();
}

}  // namespace reeve::supervise
