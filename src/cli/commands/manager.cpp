// reeve manager: the role that holds what people want.
#include "manager/manager.hpp"

#include "base/log.hpp"
#include "cli/commands/commands.hpp"
#include "cli/roles/host.hpp"
#include "cli/roles/role_options.hpp"

namespace reeve::cli {

namespace {

using namespace std::chrono_literals;

struct Given : RoleOptions {
  bool insecure_listen = false;
  bool unsafe_no_sync = false;
};

Result<manager::Settings> settings_of(const Given& given) {
  TRY_ASSIGN(auto said, load_configuration(given.config, given.flags()));
  manager::Settings settings;
  TRY_ASSIGN(settings.console, parse_listen(said.listen.value_or("127.0.0.1:7700")));
  TRY_ASSIGN(settings.link, parse_listen(said.link_listen.value_or("127.0.0.1:7701")));
  if (!is_local(settings.console) && !given.insecure_listen)
    return fail(Errc::invalid,
                "the console at {} would be open to the network without TLS; let a proxy with TLS "
                "lead to 127.0.0.1:7700, or say --insecure-listen",
                settings.console.to_string());
  TRY_ASSIGN(settings.data, prepare_data_folder(said.data));
  settings.is_store_synchronous = !given.unsafe_no_sync;
  for (const auto& text : said.advertise.value_or(std::vector<std::string>{})) {
    TRY_ASSIGN(auto address, parse_link_address(text));
    settings.advertised.push_back(address.to_string());
  }
  return settings;
}

// NOLINTNEXTLINE(*-reference-coroutine-parameters): both outlive the loop that runs this
Task<Result<>> serve(Host& host, manager::Manager& manager) {
  auto started = co_await manager.start();
  if (!started) co_return started;
  log::info("manager ready", {{"console", "http://" + manager.console().to_string()},
                              {"link", manager.link().to_string()}});
  co_await host.until_told_to_end();
  co_return co_await manager.stop(10s);
}

Result<Answer> run(const Given& given) {
  TRY(set_up_log(given));
  TRY_ASSIGN(auto settings, settings_of(given));
  Host host;
  manager::Manager manager(host.domain(), host.io(), host.pool(), std::move(settings));
  auto outcome = host.run(serve(host, manager));
  if (!outcome) return fail(std::move(outcome).error());
  return Answer{};
}

}  // namespace

void add_manager(Command& root) {
  auto given = std::make_shared<Given>();
  Command command =
      root.add("manager", "run a manager: API, store, and the agents' link", kRolesGroup);
  with_data(command, *given)
      .option("--listen", "ADDR", given->listen, "console and API; 127.0.0.1:7700")
      .option("--link-listen", "ADDR", given->link_listen, "the agents' link, TLS; 127.0.0.1:7701")
      .option("--advertise", "HOST[:PORT]", given->advertise,
              "where agents reach a manager of this cluster, which they keep; more with commas "
              "between or repeated")
      .flag("--insecure-listen", given->insecure_listen,
            "let the console listen beyond this machine without TLS")
      .flag("--unsafe-no-sync", given->unsafe_no_sync,
            "flush nothing to disk: for measurements, a crash loses acknowledged edits");
  with_configuration(command, *given)
      .check([given] { return check_addresses(*given); })
      .action([given](Session& session) {
        if (!given->data) given->data = session.globals().data;
        return run(*given);
      });
  command.teach(
      "At its first start it makes its store, its certificate authority, and an administrator's\n"
      "token, which it leaves in DIR/manager.json for the commands of this machine.\n"
      "\n"
      "Examples:\n"
      "  reeve manager --data ./m\n"
      "  reeve manager --link-listen 0.0.0.0:7701         agents come from other machines\n"
      "  reeve status --data ./m\n"
      "\n"
      "REEVE_DATA, REEVE_LISTEN, REEVE_LINK_LISTEN and REEVE_ADVERTISE stand for the options; "
      "options\n"
      "go first.");
}

}  // namespace reeve::cli
