// Server-sent events (HTML Standard, 9.2): their text, their reader, and a feed that carries them
// from any thread into a streaming answer, with comments that keep the connection alive.
#pragma once

#include "net/http.hpp"
#include "net/stream_writer.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace reeve::net {

struct Event {
  std::string id;     // "" for none
  std::string event;  // "" for "message"
  std::string data;   // may have several lines
};

std::string format_event(const Event& event);

/// Puts events together from the lines of ClientStream::next_line. A pure calculation.
class EventReader {
 public:
  /// The event that this line, an empty one, completes.
  std::optional<Event> feed(std::string_view line);

 private:
  Event event_;
  bool has_data_ = false;
};

/// One client's events. The producer pushes; the answer's task writes. Shared by both.
class EventFeed : public std::enable_shared_from_this<EventFeed> {
 public:
  struct Settings {
    Duration keep_alive = std::chrono::seconds(15);
    std::size_t max_queued_bytes = 4 * 1024 * 1024;  // more ends the stream; the client resumes
  };

  static std::shared_ptr<EventFeed> create(Settings settings);
  static std::shared_ptr<EventFeed> create() { return create(Settings()); }
  ~EventFeed();

  /// Any thread. False once the stream has ended: forget the feed then.
  bool push(const Event& event);
  /// Ends the stream after what is queued. Any thread.
  void finish();
  /// Called once on the I/O loop when the stream has ended. Set before answering.
  void on_ended(std::function<void()> call);

  /// The answer: 200, text/event-stream, this feed as its stream. Once.
  Response response();

 private:
  struct State;
  explicit EventFeed(Settings settings);
  void wake(std::unique_lock<std::mutex> lock);
  static Task<> run(std::shared_ptr<EventFeed> feed, StreamWriter writer);

  std::unique_ptr<State> state_;
};

}  // namespace reeve::net
