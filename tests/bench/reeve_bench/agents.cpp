// Joins and connects the bench agents, beats their hearts, and prints a line for each version of a
// list that all of them have answered, and "ready" each time that all have what they shall have.
// Everything lives on the one I/O thread.
#include "async/call.hpp"
#include "async/run_to_end.hpp"
#include "link/codec.hpp"
#include "reeve_bench/bench_agent.hpp"
#include "reeve_bench/identities.hpp"
#include "reeve_bench/parallel.hpp"
#include "reeve_bench/programs.hpp"

#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
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
  print_line(
      fmt::format(R"({{"version": {}, "agents": {}, "first_received": {}, "last_received": {}, )"
                  R"("last_acknowledged": {}, "spec_bytes": {}, "applied_bytes": {}}})",
                  round.version, round.agents, nanoseconds(round.first_received),
                  nanoseconds(round.last_received), nanoseconds(round.last_acknowledged),
                  round.spec_bytes / round.agents, round.applied_bytes / round.agents));
}

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "reeve-bench: %s\n", why.c_str());
  std::quick_exit(1);
}

class Agents {
 public:
  Agents(net::IoLoops& io, JoinPlan plan)
      : loop_(io.at(0)),
        dialer_(io),
        tasks_(loop_, "bench agents"),
        plan_(std::move(plan)),
        rounds_(plan_.count, print_round) {
    calls_.on_current = [this] {
      if (++current_ == plan_.count) print_line("ready");
    };
    calls_.on_lost = [this] { --current_; };
    calls_.on_exchange = [this](const Rounds::Exchange& exchange) { rounds_.note(exchange); };
    calls_.on_failed = give_up;
  }

  /// On the I/O loop: until every agent has said hello. They go on by themselves from there.
  Task<Result<>> start() {
    CO_TRY_ASSIGN(auto nodes, co_await find_or_join(loop_, plan_));
    for (auto& node : nodes)
      agents_.push_back(std::make_unique<BenchAgent>(std::move(node), plan_.link, shared_));
    beat(0);
    auto connect = [this](std::size_t index) { return agents_[index]->connect(); };
    co_return co_await in_parallel(loop_, agents_.size(), kDialsAtOnce, connect);
  }

 private:
  void beat(std::size_t turn) {
    link::Message message;
    message.heartbeat.emplace().sequence = turn / kTurns;
    auto frame = link::frame_of(message);
    for (auto i = turn % kTurns; i < agents_.size(); i += kTurns) agents_[i]->send_heartbeat(frame);
    loop_.call_after(kHeartbeat / kTurns, [this, turn] { beat(turn + 1); });
  }

  async::Loop& loop_;
  net::WebSocketDialer dialer_;
  async::TaskGroup tasks_;
  FrameReader reader_;
  SpecTaker taker_;
  JoinPlan plan_;
  Rounds rounds_;
  BenchAgent::Calls calls_;
  BenchAgent::Shared shared_{loop_, dialer_, tasks_, reader_, taker_, calls_};
  std::vector<std::unique_ptr<BenchAgent>> agents_;
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
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);  // before there are threads, which inherit it
  sys::SystemClock clock;
  async::Loop main_loop(clock);
  net::IoLoops io(clock, 1);
  Agents agents(io, std::move(plan));
  TRY(async::run_to_end(main_loop, async::on_loop(io.at(0), agents.start())));
  int signal_number = 0;
  sigwait(&ends, &signal_number);
  io.stop();  // before the agents that its calls are for
  return {};
}

}  // namespace reeve::bench
