// VirtualLoop: a loop whose time moves only when a test says so; an hour costs what happens in it.
//   VirtualLoop loop;
//   auto outcome = loop.start(keeper.keep_alive("api"));
//   loop.advance(1h);
//   EXPECT_TRUE(outcome.is_done());
#pragma once

#include "async/loop.hpp"

#include <boost/asio/co_spawn.hpp>

#include <memory>
#include <optional>

namespace reeve::async::testing {

class VirtualClock final : public sys::Clock {
 public:
  Instant now() const override { return now_; }
  WallTime wall() const override { return wall_; }
  BootInstant boot() const override { return boot_; }

  Instant now_{std::chrono::hours(1)};
  WallTime wall_{std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)};
  BootInstant boot_{std::chrono::hours(1)};
};

/// The result of a task started in a test; empty until it has ended.
template <class T>
class Outcome {
 public:
  bool is_done() const { return value_->has_value(); }
  /// The task must have ended.
  T& value() { return value_->value(); }

 private:
  friend class VirtualLoop;
  std::shared_ptr<std::optional<T>> value_ = std::make_shared<std::optional<T>>();
};

/// Owns the clock before the loop that reads it.
struct VirtualClockHolder {
  VirtualClock virtual_clock;
};

class VirtualLoop final : private VirtualClockHolder, public Loop {
 public:
  VirtualLoop() : Loop(virtual_clock) {}

  /// Runs everything that is ready, without letting time pass.
  void settle();
  /// Lets time pass, stopping at each timer on the way.
  void advance(Duration by);
  /// advance() until `done` answers true or `limit` has passed; answers whether it is done.
  bool advance_until(std::function<bool()> done, Duration limit);

  /// The loop does something else for so long, and then all that became due meanwhile.
  void be_late(Duration by);
  /// Somebody sets the wall clock.
  void jump_wall(Duration by);
  /// The machine sleeps: boot and wall time pass, the monotonic clock does not.
  void suspend(Duration by);

  template <class T>
  Outcome<T> start(Task<T> task) {
    Outcome<T> outcome;
    boost::asio::co_spawn(executor(), std::move(task),
                          [value = outcome.value_](std::exception_ptr thrown, T result) {
                            if (thrown) std::rethrow_exception(thrown);
                            value->emplace(std::move(result));
                          });
    return outcome;
  }

 private:
  void rearm() override {}
};

}  // namespace reeve::async::testing
