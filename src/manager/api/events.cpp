// /api/v1/events
#include "manager/api/event_hub.hpp"
#include "manager/api/handlers.hpp"
#include "net/query.hpp"

#include <charconv>

namespace reeve::manager::api {
namespace {

// The id of the last event that a browser or script has seen. What is no number of ours means that
// it has seen nothing that we know of.
std::optional<ResumePoint> last_event_of(const net::Request& request) {
  auto id = request.headers.find("Last-Event-ID");
  if (!id) return std::nullopt;
  ResumePoint point{0, true};
  auto [end, ec] = std::from_chars(id->data(), id->data() + id->size(), point.revision);
  if (ec != std::errc() || end != id->data() + id->size()) point.revision = 0;
  return point;
}

}  // namespace

Result<Response> stream_events(const Call& call) {
  constexpr std::uint64_t kNone = std::numeric_limits<std::uint64_t>::max();
  Query query(call.request);
  auto since = query.number("since", 0, kNone - 1, kNone);
  TRY(query.check());
  auto from = last_event_of(call.request);
  if (!from && since != kNone) from = ResumePoint{since, false};
  return call.context.events.open(call.caller.token, from);
}

}  // namespace reeve::manager::api
