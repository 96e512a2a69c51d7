// reeve dev: everything in one process, to try and to develop with.
#include "cli/roles/dev.hpp"

#include "base/log.hpp"
#include "base/quote.hpp"
#include "cli/commands/commands.hpp"
#include "cli/environment.hpp"
#include "cli/roles/folder_lock.hpp"
#include "cli/roles/role_options.hpp"

namespace reeve::cli {

namespace {

using namespace std::chrono_literals;

struct Given : RoleOptions {
  std::optional<std::string> ports;
  bool demo = false;
  bool verbose = false;
  bool keep = false;
};

Result<> check(const Given& given) {
  if (given.ports && *given.ports != "auto" && *given.ports != "default")
    return fail(Errc::invalid, "--ports must be default (7700, 7701, 7710) or auto, got {}",
                quote(*given.ports));
  return {};
}

// Another `reeve dev` holds the folder: it answers, or it is about to.
Result<Answer> show_running(const std::filesystem::path& data, const sys::Clock& clock) {
  async::Loop loop(clock);
  Instant deadline = clock.now() + 10s;
  for (;;) {
    auto server = find_server(data.string());
    if (server && Client(*server).get("/status"))
      return Answer{nullptr,
                    fmt::format("`reeve dev` runs already on {}: {}\n", data.string(), server->url),
                    false};
    if (clock.now() > deadline)
      return fail(
          Errc::unavailable,
          "another `reeve dev` holds {} and does not answer; end it, or name another folder "
          "with --data DIR",
          data.string());
    TRY(async::run_to_end(loop, loop.sleep_for(20ms)));
  }
}

Result<Answer> run(Session& session, const Given& given) {
  DevWords words(session);
  log::set_up(given.verbose ? log::Level::info : log::Level::warning, log::Format::text);
  TRY_ASSIGN(auto data, prepare_data_folder(given.data ? given.data : session.globals().data));
  TRY_ASSIGN(auto lock, FolderLock::take(data / "dev.lock"));
  if (!lock) return show_running(data, session.clock());
  TRY(DevFile::remove(data));  // what a killed run left
  TRY_ASSIGN(auto socket, agent_socket(data));
  TRY_ASSIGN(auto hooks, hook_rules(std::nullopt, given.allowed_hooks));
  DevSettings settings{data,
                       publish_roots(data, std::nullopt, given.publish_roots),
                       std::move(socket),
                       std::move(hooks),
                       given.ports == "auto",
                       given.demo,
                       given.keep};
  Host host;
  Dev dev(host, words, std::move(settings));
  auto outcome = host.run(dev.run());
  if (!outcome)
    return fail(with_port_hint(std::move(outcome).error(), "take free ports: --ports auto"));
  return Answer{};
}

}  // namespace

void add_dev(Command& root) {
  auto given = std::make_shared<Given>();
  Command command =
      root.add("dev", "run manager and agent in one process, to try things", kRolesGroup);
  with_data(command, *given)
      .option("--ports", "WHICH", given->ports, "default (7700, 7701, 7710) or auto: free ones")
      .flag("--demo", given->demo, "with a service to play with");
  with_publishing(command, *given)
      .flag("--keep", given->keep, "leave programs running at the end, with their keeper")
      .flag("--verbose,-v", given->verbose, "log what happens")
      .check([given] { return check(*given); })
      .action([given](Session& session) { return run(session, *given); });
  command.teach(
      "It makes what is missing, is ready in a moment, and leaves DIR/dev.json, by which the "
      "other\n"
      "commands find it. Started twice on one folder, the second prints where the first is.\n"
      "\n"
      "Examples:\n"
      "  reeve dev --demo\n"
      "  reeve dev --data ./play --ports auto\n"
      "  reeve status --data ./play");
}

}  // namespace reeve::cli
