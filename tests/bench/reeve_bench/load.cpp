// Fills a manager: services `load-00000` and on, each a commit of its own.
#include "async/run_to_end.hpp"
#include "reeve_bench/api.hpp"
#include "reeve_bench/parallel.hpp"
#include "reeve_bench/programs.hpp"

#include <cstdio>
#include <memory>
#include <vector>

namespace reeve::bench {
namespace {

// Hands the connections round: a task gives its own back when it has its answer.
class Loader {
 public:
  Loader(async::Loop& loop, const net::Endpoint& console, const std::string& token,
         std::size_t width, std::size_t instances)
      : instances_(instances) {
    for (std::size_t i = 0; i < width; ++i)
      idle_.push_back(std::make_unique<Api>(loop, console, token));
  }

  Task<Result<>> put(std::size_t index) {
    auto api = std::move(idle_.back());
    idle_.pop_back();
    auto done = co_await api->put_service(fmt::format("load-{:05}", index),
                                          service_body(index, instances_, 100));
    idle_.push_back(std::move(api));
    co_return done;
  }

 private:
  std::vector<std::unique_ptr<Api>> idle_;
  std::size_t instances_;
};

}  // namespace

Result<> run_load(const Options& options) {
  TRY_ASSIGN(auto address, options.text("console"));
  TRY_ASSIGN(auto console, net::parse_endpoint(address));
  TRY_ASSIGN(auto token, options.text("token"));
  TRY_ASSIGN(auto services, options.number("services"));
  TRY_ASSIGN(auto instances, options.number("instances"));
  auto width = options.number_or("width", 64);

  sys::SystemClock clock;
  async::Loop loop(clock);
  Loader loader(loop, console, token, width, instances);
  auto begun = clock.now();
  auto put = [&loader](std::size_t index) { return loader.put(index); };
  TRY(async::run_to_end(loop, in_parallel(loop, services, width, put)));
  std::chrono::duration<double> elapsed = clock.now() - begun;
  std::printf("{\"services\": %zu, \"instances\": %zu, \"seconds\": %.3f}\n", services,
              services * instances, elapsed.count());
  return {};
}

}  // namespace reeve::bench
