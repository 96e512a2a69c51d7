#include "base/time_text.hpp"

#include "base/quote.hpp"

#include <algorithm>
#include <charconv>

namespace reeve {

namespace {

namespace chrono = std::chrono;

// Takes pieces of fixed form from the front; once one is wrong, everything is.
class Scan {
 public:
  explicit Scan(std::string_view text) : rest_(text) {}

  int digits(std::size_t count, int low, int high) {
    int number = 0;
    auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (rest_.size() < count || !std::ranges::all_of(rest_.substr(0, count), is_digit)) {
      is_good_ = false;
      return low;
    }
    auto digits = rest_.substr(0, count);
    std::from_chars(digits.begin(), digits.end(), number);
    rest_.remove_prefix(count);
    is_good_ = is_good_ && low <= number && number <= high;
    return number;
  }

  bool skip(std::string_view any_of) {
    if (rest_.empty() || any_of.find(rest_.front()) == any_of.npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void need(std::string_view any_of) { is_good_ = skip(any_of) && is_good_; }

  chrono::nanoseconds fraction() {
    std::size_t count = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    if (count < 1 || count > 9) is_good_ = false;
    int number = is_good_ ? digits(count, 0, 999'999'999) : 0;
    for (std::size_t i = count; i < 9 && is_good_; ++i) number *= 10;
    return chrono::nanoseconds(number);
  }

  bool is_good() const { return is_good_; }
  bool is_done() const { return is_good_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool is_good_ = true;
};

chrono::minutes scan_offset(Scan& scan) {
  if (scan.skip("Zz")) return chrono::minutes(0);
  bool is_west = scan.skip("-");
  if (!is_west) scan.need("+");
  int hours = scan.digits(2, 0, 23);
  scan.need(":");
  int minutes = scan.digits(2, 0, 59);
  return chrono::minutes((is_west ? -1 : 1) * (hours * 60 + minutes));
}

// The widest span of whole years that 64 bits of nanoseconds hold.
constexpr int kFirstYear = 1678;
constexpr int kLastYear = 2261;

}  // namespace

Result<WallTime> parse_time(std::string_view text) {
  Scan scan(text);
  int year = scan.digits(4, kFirstYear, kLastYear);
  scan.need("-");
  int month = scan.digits(2, 1, 12);
  scan.need("-");
  int day = scan.digits(2, 1, 31);
  scan.need("Tt ");
  chrono::seconds of_day = chrono::hours(scan.digits(2, 0, 23));
  scan.need(":");
  of_day += chrono::minutes(scan.digits(2, 0, 59));
  scan.need(":");
  of_day += chrono::seconds(scan.digits(2, 0, 59));
  Duration fraction{};
  if (scan.skip(".")) fraction = scan.fraction();
  chrono::minutes offset = scan_offset(scan);
  chrono::year_month_day date{chrono::year(year), chrono::month(static_cast<unsigned>(month)),
                              chrono::day(static_cast<unsigned>(day))};
  if (!scan.is_done() || !date.ok())
    return fail(Errc::invalid, "expected a time such as \"2026-01-02T03:04:05Z\", got {}",
                quote(text));
  return WallTime(chrono::sys_days(date)) + of_day + fraction - offset;
}

std::string format_time(WallTime time) {
  auto day = chrono::floor<chrono::days>(time);
  chrono::year_month_day date(day);
  auto of_day = time - day;
  auto second = chrono::floor<chrono::seconds>(of_day);
  std::string text =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  second / chrono::hours(1), second / chrono::minutes(1) % 60,
                  second / chrono::seconds(1) % 60, (of_day - second).count());
  for (int i = 0; i < 2 && text.ends_with("000"); ++i) text.resize(text.size() - 3);
  return text + 'Z';
}

}  // namespace reeve
