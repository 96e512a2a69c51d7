// Writers in closed loops: each sends its next edit when the last one was acknowledged.
#include "async/run_to_end.hpp"
#include "reeve_bench/api.hpp"
#include "reeve_bench/parallel.hpp"
#include "reeve_bench/programs.hpp"

#include <algorithm>
#include <cstdio>
#include <vector>

namespace reeve::bench {
namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

struct Order {
  net::Endpoint console;
  std::string token;
  Duration length{};
  std::size_t instances = 3;
};

class Writers {
 public:
  Writers(async::Loop& loop, Order order)
      : loop_(loop), order_(std::move(order)), end_(loop.now() + order_.length) {}

  Task<Result<>> write(std::size_t index) {
    Api api(loop_, order_.console, order_.token);
    auto name = fmt::format("writer-{:03}", index);
    for (std::size_t edit = 0; loop_.now() < end_; ++edit) {
      auto begun = loop_.now();
      CO_TRY(co_await api.put_service(name, service_body(index, order_.instances, edit % 100 + 1)));
      latencies_.push_back(loop_.now() - begun);
    }
    co_return Result<>();
  }

  /// One line about all that was written.
  void print(Duration elapsed) {
    std::ranges::sort(latencies_);
    auto seconds = std::chrono::duration<double>(elapsed).count();
    std::printf(
        "{\"commits\": %zu, \"seconds\": %.3f, \"per_second\": %.1f, \"p50_ms\": %.3f, "
        "\"p90_ms\": %.3f, \"p99_ms\": %.3f, \"worst_ms\": %.3f}\n",
        latencies_.size(), seconds, static_cast<double>(latencies_.size()) / seconds, at(0.5),
        at(0.9), at(0.99), at(1));
  }

 private:
  /// The latency that this part (0-1) of the edits stayed within.
  double at(double part) const {
    if (latencies_.empty()) return 0;
    auto last = static_cast<double>(latencies_.size() - 1);
    return Milliseconds(latencies_[static_cast<std::size_t>(last * part)]).count();
  }

  async::Loop& loop_;
  Order order_;
  Instant end_;
  std::vector<Duration> latencies_;
};

}  // namespace

Result<> run_writers(const Options& options) {
  Order order;
  TRY_ASSIGN(auto address, options.text("console"));
  TRY_ASSIGN(order.console, net::parse_endpoint(address));
  TRY_ASSIGN(order.token, options.text("token"));
  TRY_ASSIGN(auto count, options.number("count"));
  TRY_ASSIGN(auto milliseconds, options.number("milliseconds"));
  order.length = std::chrono::milliseconds(milliseconds);
  order.instances = options.number_or("instances", order.instances);

  sys::SystemClock clock;
  async::Loop loop(clock);
  Writers writers(loop, std::move(order));
  auto begun = clock.now();
  auto write = [&writers](std::size_t index) { return writers.write(index); };
  TRY(async::run_to_end(loop, in_parallel(loop, count, count, write)));
  writers.print(clock.now() - begun);
  return {};
}

}  // namespace reeve::bench
