#include "cli/roles/dev.hpp"

#include "agent/paths.hpp"
#include "base/quote.hpp"
#include "cli/output.hpp"
#include "cli/roles/demo.hpp"

namespace reeve::cli {

namespace {

using namespace std::chrono_literals;

constexpr Duration kPatience = 10s;
// For programs to end that were told to; then they are killed by their own stopwaitsecs.
constexpr Duration kProgramsPatience = 60s;

net::Endpoint loopback(const DevSettings& settings, std::uint16_t port) {
  return {"127.0.0.1", settings.has_free_ports ? std::uint16_t{0} : port};
}

manager::Settings manager_settings(const DevSettings& settings) {
  manager::Settings out;
  out.data = settings.data;
  out.console = loopback(settings, 7700);
  out.link = loopback(settings, 7701);
  out.writes_manager_json = false;
  return out;
}

std::string url(const net::Endpoint& endpoint) { return "http://" + endpoint.to_string(); }

// The first of two outcomes that says that something went wrong.
Result<> both(Result<> first, Result<> second) { return first ? std::move(second) : first; }

}  // namespace

Dev::Dev(Host& host, const DevWords& words, DevSettings settings)
    : host_(host),
      words_(words),
      settings_(std::move(settings)),
      manager_(host.domain(), host.io(), host.pool(), manager_settings(settings_)) {}

Task<Result<>> Dev::run() {
  CO_TRY(co_await manager_.start());
  words_.step(fmt::format("manager on {}, the agents' link on {}", url(manager_.console()),
                          manager_.link().to_string()));
  auto outcome = co_await run_beside_manager();
  auto stopped = co_await manager_.stop(kPatience);
  co_return both(std::move(outcome), std::move(stopped));
}

Task<Result<>> Dev::run_beside_manager() {
  CO_TRY_ASSIGN(auto settings, co_await agent_settings());
  agent_ =
      std::make_unique<agent::Agent>(host_.domain(), host_.io(), host_.pool(), std::move(settings));
  CO_TRY(co_await agent_->start());
  auto outcome = co_await run_beside_agent();
  auto stopped = co_await end_agent();
  co_return both(std::move(outcome), std::move(stopped));
}

Task<Result<>> Dev::end_agent() {
  Result<> ended;
  if (!settings_.keeps_programs) ended = co_await agent_->end_programs(kProgramsPatience);
  auto stopped = co_await agent_->stop(kPatience);
  co_return both(std::move(ended), std::move(stopped));
}

Task<Result<>> Dev::run_beside_agent() {
  CO_TRY(co_await until_current());
  if (host_.is_told_to_end()) co_return Result<>();
  words_.step(fmt::format("this machine is the node {}, its agent on {}", agent_->node_name(),
                          url(agent_->local_http())));
  if (settings_.has_demo) co_await make_demo();
  co_return co_await serve();
}

Task<Result<agent::Settings>> Dev::agent_settings() {
  agent::Settings out;
  out.data = settings_.data;
  out.publish_roots = settings_.publish_roots;
  out.hooks = settings_.hooks;
  out.run_as.allow_own = true;
  out.managers = {manager_.link()};
  out.local_http = loopback(settings_, 7710);
  out.local_socket = settings_.agent_socket;
  std::error_code ignored;  // cannot be looked at: then the agent itself says what is wrong there
  if (!std::filesystem::exists(agent::Paths(settings_.data).identity(), ignored)) {
    CO_TRY_ASSIGN(out.join_token, co_await manager_.create_join_token());
  }
  co_return out;
}

Task<Result<>> Dev::until_current() {
  Instant deadline = host_.clock().now() + kPatience;
  while (!agent_->is_current() && !host_.is_told_to_end()) {
    if (host_.clock().now() > deadline)
      co_return fail(Errc::timeout,
                     "the agent has not come to terms with the manager after {} s; --verbose shows "
                     "why, and where {} was copied from another machine, remove its folder agent",
                     kPatience / 1s, settings_.data.string());
    CO_TRY(co_await host_.domain().sleep_for(1ms));
  }
  co_return Result<>();
}

// Without the demo everything else is still of use, so a failure is told and no more.
Task<> Dev::make_demo() {
  ServerAddress server{url(manager_.console()), manager_.console(), manager_.administrator_token(),
                       agent_->node_name(), "reeve dev"};
  std::function<Result<Demo>()> work = [server, node = agent_->node_name()] {
    return cli::make_demo(server, node);
  };
  auto demo = co_await host_.pool().run(std::move(work));
  if (!demo) {
    print_error(std::move(demo).error().in_context("the demo"), false);
    co_return;
  }
  words_.step(fmt::format("service {} {}, and the agent says its list is {}", Demo::kService,
                          demo->is_new ? "made with 3 instances" : "stands from an earlier run",
                          demo->state));
  words_.list_file(std::filesystem::path(settings_.publish_roots.front()) /
                   fmt::format("{}.conf", Demo::kService));
}

Task<Result<>> Dev::serve() {
  CO_TRY(file().write());
  words_.ready();
  words_.what_next(file(), settings_.has_demo);
  co_await host_.until_told_to_end();
  co_return DevFile::remove(settings_.data);
}

DevFile Dev::file() const {
  return {url(manager_.console()),   manager_.administrator_token(),
          url(agent_->local_http()), settings_.agent_socket,
          agent_->node_name(),       settings_.data};
}

}  // namespace reeve::cli
