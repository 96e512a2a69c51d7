// reeve agent: the role on every node.
#include "agent/agent.hpp"

#include "base/log.hpp"
#include "cli/commands/commands.hpp"
#include "cli/environment.hpp"
#include "cli/roles/host.hpp"
#include "cli/roles/role_files.hpp"
#include "cli/roles/role_options.hpp"

namespace reeve::cli {

namespace {

using namespace std::chrono_literals;

// One connection and a local API: on a machine of many cores more would only be in others' way.
constexpr std::size_t kIoThreads = 1;

struct Given : RoleOptions {
  std::optional<std::string> join;
  std::optional<std::string> name;
};

Result<agent::Settings> settings_of(const Given& given) {
  TRY_ASSIGN(auto said, load_configuration(given.config, given.flags()));
  agent::Settings settings;
  settings.join_token = given.join ? given.join : environment("REEVE_JOIN_TOKEN");
  settings.node_name = given.name;
  for (const std::string& text : said.managers.value_or(std::vector<std::string>{})) {
    TRY_ASSIGN(auto endpoint, parse_link_address(text));
    settings.managers.push_back(std::move(endpoint));
  }
  TRY_ASSIGN(settings.local_http, parse_listen(said.local_http.value_or("127.0.0.1:7710")));
  if (!is_local(settings.local_http))
    return fail(Errc::invalid,
                "--local-http is for the programs of this machine, expected an "
                "address like 127.0.0.1:7710, got {}",
                settings.local_http.to_string());
  TRY_ASSIGN(settings.data, prepare_data_folder(said.data));
  TRY_ASSIGN(auto usual_socket, installed_agent_socket(settings.data));
  settings.local_socket = said.local_socket.value_or(usual_socket);
  settings.publish_roots = publish_roots(settings.data, said.publish_roots, given.publish_roots);
  TRY_ASSIGN(settings.hooks, hook_rules(said.hooks, given.allowed_hooks));
  settings.run_as.run_as = said.run_as;
  return settings;
}

// NOLINTNEXTLINE(*-reference-coroutine-parameters): both outlive the loop that runs this
Task<Result<>> serve(Host& host, agent::Agent& agent, AgentFile file) {
  auto started = co_await agent.start();
  if (!started) co_return started;
  file.agent = "http://" + agent.local_http().to_string();
  file.node = agent.node_name();
  // A hint for --local: an agent on a full or read-only disk does its work without.
  if (auto written = file.write(); !written)
    log::warning("cannot say where the agent is", {{"why", written.error().what}});
  log::info("agent ready", {{"node", file.node}, {"local_http", file.agent}});
  co_await host.until_told_to_end();
  if (auto removed = AgentFile::remove(file.data); !removed)
    log::warning("cannot take back where the agent is", {{"why", removed.error().what}});
  co_return co_await agent.stop(10s);
}

Result<Answer> run(const Given& given) {
  TRY(set_up_log(given));
  TRY_ASSIGN(auto settings, settings_of(given));
  AgentFile file{"", settings.local_socket, "", settings.data};
  Host host(kIoThreads);
  agent::Agent agent(host.domain(), host.io(), host.pool(), std::move(settings));
  auto outcome = host.run(serve(host, agent, std::move(file)));
  if (!outcome)
    return fail(
        with_port_hint(std::move(outcome).error(), "choose another: --local-http, --socket"));
  return Answer{};
}

}  // namespace

void add_agent(Command& root) {
  auto given = std::make_shared<Given>();
  Command command = root.add("agent", "run the agent of this machine", kRolesGroup);
  command.option("--join", "TOKEN", given->join, "join with it, if this machine has not joined yet")
      .option("--manager", "HOST[:PORT]", given->managers,
              "where a manager is; more with commas between or repeated, they are tried in turn")
      .option("--name", "NAME", given->name, "the node's name; the host name if not given");
  with_data(command, *given);
  with_publishing(command, *given)
      .option("--local-http", "ADDR", given->local_http,
              "where it answers the programs of this machine; 127.0.0.1:7710")
      .option("--socket", "PATH", given->local_socket,
              "the Unix socket on which --local asks it; DIR/agent/agent.sock, with root's "
              "usual folder /run/reeve/agent.sock");
  with_configuration(command, *given)
      .check([given] { return check_addresses(*given); })
      .action([given](Session& session) {
        if (!given->data) given->data = session.globals().data;
        return run(*given);
      });
  command.teach(
      "Examples:\n"
      "  reeve agent --join TOKEN --manager reeve.example.org     the first time\n"
      "  reeve agent                                              from then on\n"
      "\n"
      "`reeve join-token create` on the manager makes a token. The agent works from its disk "
      "while\n"
      "no manager is there: lists stay, and what somebody changed is put back at its start.\n"
      "REEVE_JOIN_TOKEN, REEVE_MANAGERS, REEVE_PUBLISH_ROOTS, REEVE_LOCAL_HTTP, "
      "REEVE_LOCAL_SOCKET\n"
      "and REEVE_DATA stand for the options; options go first.");
}

}  // namespace reeve::cli
