#include "net/event_stream.hpp"

#include "async/notifier.hpp"

#include <mutex>
#include <utility>

namespace reeve::net {

std::string format_event(const Event& event) {
  std::string text;
  if (!event.id.empty()) text += "id: " + event.id + "\n";
  if (!event.event.empty()) text += "event: " + event.event + "\n";
  std::string_view rest = event.data;
  for (;;) {
    auto end = rest.find('\n');
    text += "data: ";
    text += rest.substr(0, end);
    text += '\n';
    if (end == rest.npos) break;
    rest.remove_prefix(end + 1);
  }
  text += '\n';
  return text;
}

std::optional<Event> EventReader::feed(std::string_view line) {
  if (line.empty()) {
    auto event = std::exchange(event_, {});
    bool is_event = std::exchange(has_data_, false);
    return is_event ? std::optional<Event>(std::move(event)) : std::nullopt;
  }
  auto colon = line.find(':');
  auto field = line.substr(0, colon);
  auto value = colon == line.npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "id") event_.id = value;
  if (field == "event") event_.event = value;
  if (field == "data") {
    if (has_data_) event_.data += '\n';
    event_.data += value;
    has_data_ = true;
  }
  return std::nullopt;
}

struct EventFeed::State {
  explicit State(Settings s) : settings(s) {}

  const Settings settings;
  std::mutex mutex;
  std::string queued;           // formatted events
  async::Loop* loop = nullptr;  // of the stream, once it runs
  bool is_woken = false;
  bool is_finished = false;
  bool has_ended = false;
  std::function<void()> on_ended;

  // The loop's thread only.
  std::unique_ptr<async::Notifier> changed;

  struct Taken {
    std::string text;
    bool is_last;
  };
  Taken take() {
    std::lock_guard lock(mutex);
    is_woken = false;
    return {std::exchange(queued, {}), is_finished};
  }
};

EventFeed::EventFeed(Settings settings) : state_(std::make_unique<State>(settings)) {}
EventFeed::~EventFeed() = default;

std::shared_ptr<EventFeed> EventFeed::create(Settings settings) {
  return std::shared_ptr<EventFeed>(new EventFeed(settings));
}

void EventFeed::wake(std::unique_lock<std::mutex> lock) {
  if (!state_->loop || std::exchange(state_->is_woken, true)) return;
  auto& loop = *state_->loop;
  lock.unlock();
  loop.post([self = shared_from_this()] {
    if (self->state_->changed) self->state_->changed->notify_all();
  });
}

bool EventFeed::push(const Event& event) {
  auto text = format_event(event);
  std::unique_lock lock(state_->mutex);
  if (state_->has_ended || state_->is_finished) return false;
  // Too slow a reader starts again from the id it has; it must not fill the memory.
  state_->is_finished = state_->queued.size() + text.size() > state_->settings.max_queued_bytes;
  bool is_taken = !state_->is_finished;
  if (is_taken) state_->queued += text;
  wake(std::move(lock));
  return is_taken;
}

void EventFeed::finish() {
  std::unique_lock lock(state_->mutex);
  state_->is_finished = true;
  wake(std::move(lock));
}

void EventFeed::on_ended(std::function<void()> call) { state_->on_ended = std::move(call); }

Response EventFeed::response() {
  Response response;
  response.content_type = "text/event-stream";
  response.headers.add("Cache-Control", "no-store");
  response.headers.add("X-Accel-Buffering", "no");  // else nginx keeps events for itself
  response.stream = [self = shared_from_this()](StreamWriter writer) { return run(self, writer); };
  return response;
}

Task<> EventFeed::run(std::shared_ptr<EventFeed> feed, StreamWriter writer) {
  auto& state = *feed->state_;
  auto& loop = writer.loop();
  state.changed = std::make_unique<async::Notifier>(loop);
  {
    std::lock_guard lock(state.mutex);
    state.loop = &loop;
  }
  for (;;) {
    auto taken = state.take();
    if (taken.text.empty() && taken.is_last) break;
    if (taken.text.empty()) {
      auto woken = co_await state.changed->wait(loop.now() + state.settings.keep_alive);
      if (woken) continue;
      if (woken.error().code != Errc::timeout) break;
      taken.text = ": still here\n\n";
    }
    auto written = co_await writer.write(std::move(taken.text));
    if (!written) break;
  }
  {
    std::lock_guard lock(state.mutex);
    state.has_ended = true;
    state.loop = nullptr;
    state.queued = {};
  }
  state.changed.reset();
  if (state.on_ended) state.on_ended();
  state.on_ended = nullptr;
}

}  // namespace reeve::net
