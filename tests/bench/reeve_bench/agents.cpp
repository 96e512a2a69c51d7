// Joins and connects the bench agents, beats their hearts, and prints a line for each version of a
// list that all of them have answered, and "ready" each time that all have what they shall have.
// Joining is the product's own; from there all lives on the bare loop, in the same thread.
#include "async/run_to_end.hpp"
#include "link/codec.hpp"
#include "reeve_bench/bench_agent.hpp"
#include "reeve_bench/frames.hpp"
#include "reeve_bench/identities.hpp"
#include "reeve_bench/programs.hpp"

#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

namespace reeve::bench {
namespace {

constexpr std::size_t kDialsAtOnce = 64;
constexpr Duration kHeartbeat = std::chrono::seconds(5);
// The agents' hearts beat in so many turns, spread over the pause.
constexpr std::size_t kTurns = 100;

void print_line(const std::string& line) {
  std::puts(line.c_str());
  std::fflush(stdout);
}

void print_round(const Round& round) {
  auto nanoseconds = [](Instant at) { return at.time_since_epoch().count(); };
  print_line(fmt::format(
      R"({{"version": {}, "agents": {}, "first_received": {}, "last_received": {}, )"
      R"("last_acknowledged": {}, "spec_bytes": {}, "applied_bytes": {}, "last_node": "{}"}})",
      round.version, round.agents, nanoseconds(round.first_received),
      nanoseconds(round.last_received), nanoseconds(round.last_acknowledged),
      round.spec_bytes / round.agents, round.applied_bytes / round.agents, round.last_node));
}

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "reeve-bench: %s\n", why.c_str());
  std::quick_exit(1);
}

class Agents {
 public:
  Agents(const JoinPlan& plan, std::vector<agent::Credentials> nodes)
      : rounds_(nodes.size(), print_round) {
    calls_.on_connected = [this] { connect_next(); };
    calls_.on_current = [this] {
      if (++current_ == agents_.size()) print_line("ready");
    };
    calls_.on_lost = [this] { --current_; };
    calls_.on_exchange = [this](const Rounds::Exchange& exchange) { rounds_.note(exchange); };
    calls_.on_failed = give_up;
    for (auto& node : nodes)
      agents_.push_back(std::make_unique<BenchAgent>(std::move(node), plan.link, shared_));
  }

  [[noreturn]] void run() {
    beat(0);
    for (std::size_t i = 0; i < kDialsAtOnce; ++i) connect_next();
    epoll_.run();
  }

 private:
  /// Once for each; those who come back do so by themselves.
  void connect_next() {
    if (next_ < agents_.size()) agents_[next_++]->connect();
  }

  void beat(std::size_t turn) {
    link::Message message;
    message.heartbeat.emplace().sequence = turn / kTurns;
    auto frame = client_frame(Opcode::text, *link::frame_of(message));
    for (auto i = turn % kTurns; i < agents_.size(); i += kTurns) agents_[i]->send_heartbeat(frame);
    epoll_.call_after(kHeartbeat / kTurns, [this, turn] { beat(turn + 1); });
  }

  Epoll epoll_;
  FrameReader reader_;
  SpecTaker taker_;
  Rounds rounds_;
  BenchAgent::Calls calls_;
  BenchAgent::Shared shared_{epoll_, reader_, taker_, calls_};
  std::vector<std::unique_ptr<BenchAgent>> agents_;
  std::size_t next_ = 0;
  std::size_t current_ = 0;
};

void raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

Result<> run_agents(const Options& options) {
  JoinPlan plan;
  TRY_ASSIGN(auto address, options.text("link"));
  TRY_ASSIGN(plan.link, net::parse_endpoint(address));
  TRY_ASSIGN(plan.token, options.text("token"));
  TRY_ASSIGN(plan.count, options.number("count"));
  TRY_ASSIGN(plan.folder, options.text("folder"));

  raise_descriptor_limit();
  std::signal(SIGPIPE, SIG_IGN);  // a write to a connection that broke
  sys::SystemClock clock;
  async::Loop loop(clock);
  TRY_ASSIGN(auto nodes, async::run_to_end(loop, find_or_join(loop, plan)));
  Agents(plan, std::move(nodes)).run();
}

}  // namespace reeve::bench
