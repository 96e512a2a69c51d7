#include "link/log_query.hpp"

#include "base/duration.hpp"
#include "base/quote.hpp"
#include "base/time_text.hpp"
#include "net/query.hpp"

namespace reeve::link {
namespace {

std::optional<WallTime> since_in(net::Query& query, WallTime now) {
  auto text = query.text("since");
  if (!text) return std::nullopt;
  if (auto time = parse_time(*text)) return *time;
  if (auto ago = parse_duration(*text); ago && *ago >= Duration::zero()) return now - *ago;
  query.add_fault("since", fmt::format("expected a time like 2026-11-23T05:00:00Z, or how long ago "
                                       "like 10m, got {}",
                                       quote(*text)));
  return std::nullopt;
}

}  // namespace

Result<LogCall> log_call_of(const net::Request& request, WallTime now) {
  constexpr std::uint64_t kAll = std::uint64_t{1} << 53;
  net::Query query(request);
  LogCall asked;
  auto stream = query.text("stream").value_or("stdout");
  if (stream == "stderr")
    asked.stream = model::OutputStream::err;
  else if (stream != "stdout")
    query.add_fault("stream", fmt::format("expected stdout or stderr, got {}", quote(stream)));
  auto tail = query.number("tail", 0, kAll - 1, kAll);
  if (tail != kAll) asked.tail = tail;
  asked.since = since_in(query, now);
  asked.follow = query.flag("follow");
  asked.timestamps = query.flag("timestamps");
  TRY(query.check());
  return asked;
}

}  // namespace reeve::link
