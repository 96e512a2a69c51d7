#include "base/duration.hpp"

#include "base/quote.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>

namespace reeve {

namespace {

struct Unit {
  std::string_view name;
  std::uint64_t nanoseconds;
};
constexpr std::array kUnits{Unit{"d", 86'400'000'000'000},
                            Unit{"h", 3'600'000'000'000},
                            Unit{"m", 60'000'000'000},
                            Unit{"s", 1'000'000'000},
                            Unit{"ms", 1'000'000},
                            Unit{"us", 1'000},
                            Unit{"ns", 1}};

Failure malformed(std::string_view text) {
  return fail(Errc::invalid, "expected a duration such as \"1m30s\" or \"250ms\", got {}",
              quote(text));
}

// The unit at the start of `rest`, looked for from `from` on; kUnits.size() where there is none.
std::size_t take_unit(std::string_view& rest, std::size_t from) {
  std::string_view name = rest.substr(0, rest.find_first_of("0123456789"));
  rest.remove_prefix(name.size());
  while (from < kUnits.size() && kUnits[from].name != name) ++from;
  return from;
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  std::string_view rest = text;
  bool is_negative = rest.starts_with('-');
  if (is_negative) rest.remove_prefix(1);
  if (rest == "0") return Duration(0);
  if (rest.empty()) return malformed(text);

  std::uint64_t total = 0;
  bool is_too_long = false;
  for (std::size_t unit = 0; !rest.empty(); ++unit) {
    std::uint64_t number = 0;
    auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error == std::errc::invalid_argument) return malformed(text);
    is_too_long |= error == std::errc::result_out_of_range;
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    unit = take_unit(rest, unit);
    if (unit == kUnits.size()) return malformed(text);
    is_too_long |= __builtin_mul_overflow(number, kUnits[unit].nanoseconds, &number) ||
                   __builtin_add_overflow(total, number, &total);
  }
  std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  if (is_negative) ++most;
  if (is_too_long || total > most)
    return fail(Errc::invalid, "expected a duration of at most 292 years, got {}", quote(text));
  return Duration(static_cast<std::int64_t>(is_negative ? 0 - total : total));
}

std::string format_duration(Duration duration) {
  if (duration.count() == 0) return "0s";
  std::string text = duration.count() < 0 ? "-" : "";
  auto rest = static_cast<std::uint64_t>(duration.count());
  if (duration.count() < 0) rest = 0 - rest;
  for (const Unit& unit : kUnits) {
    if (unit.name == "d" || rest < unit.nanoseconds) continue;
    text += fmt::format("{}{}", rest / unit.nanoseconds, unit.name);
    rest %= unit.nanoseconds;
  }
  return text;
}

}  // namespace reeve
