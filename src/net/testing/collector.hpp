// Collects what a MessageSocket on another thread says, and waits for it. The test's thread; the
// events come on the socket's loop.
#pragma once

#include "net/websocket.hpp"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace reeve::net::testing {

class Collector {
 public:
  /// The events hold the collected state alive.
  SocketEvents events() {
    return {[state = state_](std::string_view frame, FrameKind) {
              state->change([&] { state->frames.emplace_back(frame); });
            },
            [state = state_] { state->change([&] { ++state->drained; }); },
            [state = state_](std::string reason) {
              state->change([&] {
                state->reason = std::move(reason);
                state->is_closed = true;
              });
            }};
  }

  /// At most ten seconds.
  std::vector<std::string> wait_for_frames(std::size_t count) {
    std::unique_lock lock(state_->mutex);
    state_->changed.wait_for(lock, kLimit, [&] { return state_->frames.size() >= count; });
    return state_->frames;
  }

  std::string wait_for_close() {
    std::unique_lock lock(state_->mutex);
    state_->changed.wait_for(lock, kLimit, [&] { return state_->is_closed; });
    return state_->is_closed ? state_->reason : "still open";
  }

  bool wait_for_drain() {
    std::unique_lock lock(state_->mutex);
    return state_->changed.wait_for(lock, kLimit, [&] { return state_->drained > 0; });
  }

 private:
  static constexpr std::chrono::seconds kLimit{10};

  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::string> frames;
    std::string reason;
    bool is_closed = false;
    int drained = 0;

    template <class Change>
    void change(Change apply) {
      {
        std::lock_guard lock(mutex);
        apply();
      }
      changed.notify_all();
    }
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace reeve::net::testing
