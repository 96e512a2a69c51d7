#include "cli/roles/role_options.hpp"

#include "base/log.hpp"
#include "base/quote.hpp"
#include "cli/environment.hpp"
#include "sys/folders.hpp"

namespace reeve::cli {

namespace {

// As typed, relative ones are about the folder that the user stands in.
std::string absolute(const std::string& folder) {
  return std::filesystem::absolute(folder).lexically_normal().string();
}

// Of an option that is repeated, or given once with commas between.
std::optional<std::vector<std::string>> addresses(const std::vector<std::string>& given) {
  std::vector<std::string> all;
  for (const std::string& text : given)
    for (std::string& one : split(text, ',')) all.push_back(std::move(one));
  if (all.empty()) return std::nullopt;
  return all;
}

}  // namespace

Configuration RoleOptions::flags() const {
  Configuration out;
  out.data = data;
  out.listen = listen;
  out.link_listen = link_listen;
  out.local_http = local_http;
  if (local_socket) out.local_socket = absolute(*local_socket);
  out.managers = addresses(managers);
  out.advertise = addresses(advertise);
  return out;
}

Command& with_data(Command& command, RoleOptions& options) {
  return command.option("--data", "DIR", options.data,
                        "its data folder; ~/.local/share/reeve, for root /var/lib/reeve");
}

Command& with_publishing(Command& command, RoleOptions& options) {
  return command
      .option("--publish-root", "DIR", options.publish_roots,
              "a folder that lists may be written to, beside DIR/lists; may be repeated")
      .option("--allow-hook", "'PROGRAM ARG…'", options.allowed_hooks,
              "a program that lists' on_change may run, with exactly these arguments; may be "
              "repeated");
}

Command& with_configuration(Command& command, RoleOptions& options) {
  return command.option("--config", "FILE", options.config, "/etc/reeve/reeve.yaml if it is there")
      .option("--log-format", "FORM", options.log_format, "text or json");
}

Result<std::filesystem::path> prepare_data_folder(const std::optional<std::string>& asked) {
  TRY_ASSIGN(auto folder, data_folder(asked));
  auto made = sys::make_open_folders(folder);
  if (!made)
    return fail(made.error().code, "cannot make the data folder {}; name another with --data DIR",
                made.error().what);
  return folder;
}

std::vector<std::string> publish_roots(const std::filesystem::path& data,
                                       const std::optional<std::vector<std::string>>& configured,
                                       const std::vector<std::string>& flags) {
  std::vector<std::string> roots = configured.value_or(std::vector{(data / "lists").string()});
  for (const std::string& flag : flags) roots.push_back(absolute(flag));
  return roots;
}

Result<std::vector<agent::HookRule>> hook_rules(
    const std::optional<std::vector<agent::HookRule>>& configured,
    const std::vector<std::string>& flags) {
  auto allowed = configured.value_or(std::vector<agent::HookRule>());
  for (const std::string& flag : flags) {
    agent::HookRule rule{split(flag, ' ')};
    if (rule.command.empty() || !rule.command.front().starts_with('/'))
      return fail(Errc::invalid,
                  "--allow-hook: expected the absolute path of a program and its arguments, got {}",
                  quote(flag));
    allowed.push_back(std::move(rule));
  }
  return allowed;
}

Result<> check_addresses(const RoleOptions& options) {
  for (const auto* one : {&options.listen, &options.link_listen, &options.local_http})
    if (*one) TRY(parse_listen(**one));
  for (const auto* all : {&options.managers, &options.advertise})
    for (const std::string& text : addresses(*all).value_or(std::vector<std::string>{}))
      TRY(parse_link_address(text));
  return {};
}

Error with_port_hint(Error error, std::string_view hint) {
  // Only addresses are `in_use` at a start; a store that another process has is `unavailable`.
  if (error.code == Errc::in_use)
    error.what += fmt::format("; end what listens there, or {}", hint);
  return error;
}

Result<> set_up_log(const RoleOptions& options) {
  std::string form = options.log_format.value_or("text");
  if (form != "text" && form != "json")
    return fail(Errc::invalid, "--log-format must be text or json, got {}", quote(form));
  log::set_up(options.is_quiet ? log::Level::warning : log::Level::info,
              form == "json" ? log::Format::json : log::Format::text);
  return {};
}

}  // namespace reeve::cli
