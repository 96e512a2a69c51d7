// Inbox<T>: the door into a loop. Any thread pushes; the loop's thread gets everything that has
// come, in order, as one batch per wake-up, so a storm of messages costs few wake-ups.
#pragma once

#include "async/loop.hpp"

#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace reeve::async {

template <class T>
class Inbox {
 public:
  using Handler = std::function<void(std::vector<T>)>;

  /// `handler` runs on the loop's thread. Build and destroy on the loop's thread (or before it runs
  /// and after it ended); what is pushed after the end is dropped.
  Inbox(Loop& loop, Handler handler)
      : loop_(loop), state_(std::make_shared<State>(std::move(handler))) {}
  ~Inbox() { state_->handler = nullptr; }
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  /// Any thread.
  void push(T item) { Sender{loop_, state_}.push(std::move(item)); }

 private:
  // Shared with wake-ups on their way when the inbox ends.
  struct State {
    explicit State(Handler h) : handler(std::move(h)) {}
    Handler handler;
    std::mutex mutex;
    std::vector<T> items;
  };

  struct SenderParts {
    Loop& loop;
    std::shared_ptr<State> state;
  };

 public:
  /// A copy of the door's address, for producers that may outlive the inbox but not its loop.
  class Sender {
   public:
    Sender(Loop& loop, std::shared_ptr<State> state) : parts_{loop, std::move(state)} {}

    /// Any thread.
    void push(T item) {
      bool first;
      {
        std::lock_guard lock(parts_.state->mutex);
        first = parts_.state->items.empty();
        parts_.state->items.push_back(std::move(item));
      }
      if (first) parts_.loop.post([state = parts_.state] { drain(*state); });
    }

    /// All of them, in order, with nothing in between. Any thread.
    void push_all(std::vector<T> items) {
      bool first;
      {
        std::lock_guard lock(parts_.state->mutex);
        auto& waiting = parts_.state->items;
        first = waiting.empty();
        waiting.insert(waiting.end(), std::make_move_iterator(items.begin()),
                       std::make_move_iterator(items.end()));
      }
      if (first && !items.empty()) parts_.loop.post([state = parts_.state] { drain(*state); });
    }

   private:
    SenderParts parts_;
  };

  Sender sender() { return Sender{loop_, state_}; }

  /// Collects what one loop sends during a turn and hands it over at the turn's end, so that a
  /// burst of readiness there is one batch here. Belongs to `from`, whose turns it follows: share
  /// it among all senders of that loop.
  class Gatherer : public std::enable_shared_from_this<Gatherer> {
   public:
    Gatherer(Loop& from, Sender to) : from_(from), to_(std::move(to)) {}

    void push(T item) {
      items_.push_back(std::move(item));
      if (items_.size() == 1) from_.post([self = this->shared_from_this()] { self->hand_over(); });
    }

   private:
    void hand_over() {
      std::vector<T> items;
      items.swap(items_);
      to_.push_all(std::move(items));
    }

    Loop& from_;
    Sender to_;
    std::vector<T> items_;
  };

 private:
  static void drain(State& state) {
    std::vector<T> batch;
    {
      std::lock_guard lock(state.mutex);
      batch.swap(state.items);
    }
    if (state.handler && !batch.empty()) state.handler(std::move(batch));
  }

  Loop& loop_;
  std::shared_ptr<State> state_;
};

}  // namespace reeve::async
