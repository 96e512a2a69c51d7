#include "cli/change_waiter.hpp"

#include "manager/api/types.hpp"

#include <algorithm>

namespace reeve::cli {

namespace {

using namespace std::chrono_literals;

constexpr Duration kWithoutEvents = 500ms;
constexpr Duration kBurst = 100ms;  // a push to many tells of each

}  // namespace

ChangeWaiter::ChangeWaiter(Client& client, std::vector<std::string> kinds, Duration patience)
    : client_(client), kinds_(std::move(kinds)), patience_(patience) {}

void ChangeWaiter::listen() {
  if (stream_ || is_in_vain_) return;
  auto opened = client_.open("/events", patience_);
  if (opened) stream_ = std::move(*opened);
  is_in_vain_ = !opened && opened.error().code == Errc::timeout;
  reader_ = net::EventReader();
}

Result<> ChangeWaiter::wait(Duration longest) {
  if (!stream_) return client_.pause(std::min(longest, kWithoutEvents));
  auto deadline = client_.clock().now() + longest;
  for (;;) {
    auto left = deadline - client_.clock().now();
    if (left <= Duration{}) return {};
    auto line = client_.next_line(*stream_, left);
    if (!line && line.error().code == Errc::timeout) return {};
    if (!line || !*line) {
      // The manager went, or we are too slow for it: what is there now is looked at again.
      stream_.reset();
      return client_.pause(kBurst);
    }
    if (concerns(**line)) return rest_of_burst();
  }
}

Result<> ChangeWaiter::rest_of_burst() {
  auto deadline = client_.clock().now() + kBurst;
  for (auto left = kBurst; left > Duration{}; left = deadline - client_.clock().now()) {
    auto line = client_.next_line(*stream_, left);
    if (!line && line.error().code == Errc::timeout) return {};
    if (!line || !*line) {
      stream_.reset();
      return client_.pause(Duration{});
    }
    concerns(**line);
  }
  return {};
}

bool ChangeWaiter::concerns(std::string_view line) {
  auto event = reader_.feed(line);
  if (!event) return false;
  auto data = json::decode_text<manager::api::EventData>(event->data, json::Mode::lenient);
  if (!data || kinds_.empty() || data->kind == "reset") return true;
  return std::ranges::find(kinds_, data->kind) != kinds_.end();
}

}  // namespace reeve::cli
