#include "base/duration.hpp"
#include "base/quote.hpp"
#include "base/time_text.hpp"
#include "base/utf8.hpp"
#include "json/decode.hpp"
#include "json/document.hpp"
#include "json/nearest.hpp"

#include <boost/json/monotonic_resource.hpp>

#include <cmath>

namespace reeve::json {

namespace {

std::string_view view(const boost::json::string& text) { return {text.data(), text.size()}; }

// What came, for a message; of a secret only its kind.
std::string shown(const Value& value, const FieldRules& rules) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "an array";
  if (rules.is_secret && !value.is_null()) return value.is_string() ? "a string" : "another value";
  if (value.is_string()) return quote(view(value.get_string()));
  return serialize(value);
}

// The part of low…high that the rules leave; bounds beyond 64 bits say nothing.
constexpr double kEdge = 9.2e18;
std::int64_t raised(std::int64_t low, const FieldRules& rules) {
  if (std::abs(rules.least) > kEdge) return low;
  return std::max(low, static_cast<std::int64_t>(std::ceil(rules.least)));
}
template <class T>
T lowered(T high, const FieldRules& rules) {
  if (std::abs(rules.most) > kEdge) return high;
  auto bound = static_cast<std::int64_t>(std::floor(rules.most));
  return std::cmp_less(bound, high) ? static_cast<T>(bound) : high;
}

// Doubles without a fraction are integers too: 1e3 and 5.0 are JSON for whole numbers.
template <class T>
std::optional<T> as_integer(const Value& value) {
  if (const auto* number = value.if_int64(); number && std::in_range<T>(*number))
    return static_cast<T>(*number);
  if (const auto* number = value.if_uint64(); number && std::in_range<T>(*number))
    return static_cast<T>(*number);
  if (const auto* number = value.if_double()) {
    constexpr double kExact = 9007199254740992;  // 2^53: beyond it neighbours are lost
    bool is_exact = std::trunc(*number) == *number && std::abs(*number) <= kExact;
    if (is_exact && (*number >= 0 || std::is_signed_v<T>)) return static_cast<T>(*number);
  }
  return std::nullopt;
}

std::string amount(std::size_t fewest, std::size_t most, std::string_view what) {
  if (fewest == 0) return fmt::format("at most {} {}", most, what);
  if (most == std::numeric_limits<std::size_t>::max())
    return fmt::format("at least {} {}", fewest, what);
  return fmt::format("{} to {} {}", fewest, most, what);
}

}  // namespace

bool Reader::is_plain(const Value& value, const Path& path) const {
  return faults_.origin() && value.is_string() && faults_.origin()->at(path).is_plain;
}

Value Reader::meant(const Value& value, const Path& path) const {
  if (is_plain(value, path)) return resolve(view(value.get_string()));
  return Value(value, {});
}

void Reader::expected(std::string_view what, const Value& value, const FieldRules& rules,
                      const Path& path) {
  faults_.add(path, fmt::format("expected {}, got {}", what, shown(value, rules)));
}

void Reader::boolean(const Value& value, bool& out, const FieldRules& rules, const Path& path) {
  Value seen = meant(value, path);
  if (seen.is_bool()) {
    out = seen.get_bool();
  } else {
    expected("true or false", value, rules, path);
  }
}

bool Reader::integer(const Value& value, std::int64_t& out, std::int64_t low, std::int64_t high,
                     const FieldRules& rules, const Path& path) {
  low = raised(low, rules);
  high = lowered(high, rules);
  auto number = as_integer<std::int64_t>(meant(value, path));
  if (number && low <= *number && *number <= high) {
    out = *number;
    return true;
  }
  expected(fmt::format("an integer from {} to {}", low, high), value, rules, path);
  return false;
}

bool Reader::natural(const Value& value, std::uint64_t& out, std::uint64_t high,
                     const FieldRules& rules, const Path& path) {
  auto low = static_cast<std::uint64_t>(raised(0, rules));
  high = lowered(high, rules);
  auto number = as_integer<std::uint64_t>(meant(value, path));
  if (number && low <= *number && *number <= high) {
    out = *number;
    return true;
  }
  expected(fmt::format("an integer from {} to {}", low, high), value, rules, path);
  return false;
}

bool Reader::number(const Value& value, double& out, const FieldRules& rules, const Path& path) {
  Value seen = meant(value, path);
  if (seen.is_number()) {
    double number = seen.to_number<double>();
    if (rules.least <= number && number <= rules.most) {
      out = number;
      return true;
    }
  }
  std::string what = "a number";
  if (std::isfinite(rules.least)) what += fmt::format(" from {}", rules.least);
  if (std::isfinite(rules.most)) what += fmt::format(" to {}", rules.most);
  expected(what, value, rules, path);
  return false;
}

void Reader::string(const Value& value, std::string& out, const FieldRules& rules,
                    const Path& path) {
  if (!value.is_string()) return expected("a string", value, rules, path);
  std::string_view text = view(value.get_string());
  // Bytes bound characters from above; counting is for the odd case.
  bool is_surely_right = rules.shortest == 0 && text.size() <= rules.longest;
  std::size_t length = is_surely_right ? 0 : utf8::count(text);
  if (length < rules.shortest || length > rules.longest)
    return expected(amount(rules.shortest, rules.longest, "characters"), value, rules, path);
  out = text;
}

void Reader::duration(const Value& value, Duration& out, const FieldRules& rules,
                      const Path& path) {
  const auto* given = text(value, rules, path);
  if (!given) return;
  Result<Duration> duration = parse_duration(view(*given));
  if (!duration) return text_fault(duration.error(), rules, path);
  auto count = static_cast<double>(duration->count());
  if (count < rules.least || count > rules.most) {
    auto bound = [](double nanoseconds) {
      return format_duration(Duration(static_cast<std::int64_t>(nanoseconds)));
    };
    std::string what = "a duration";
    if (std::isfinite(rules.least)) what += " from " + bound(rules.least);
    if (std::isfinite(rules.most)) what += " to " + bound(rules.most);
    return expected(what, value, rules, path);
  }
  out = *duration;
}

void Reader::time(const Value& value, WallTime& out, const FieldRules& rules, const Path& path) {
  const auto* given = text(value, rules, path);
  if (!given) return;
  Result<WallTime> time = parse_time(view(*given));
  if (!time) return text_fault(time.error(), rules, path);
  out = *time;
}

void Reader::free_form(const Value& value, Value& out, const Path& path) {
  out = faults_.origin() ? resolve(value, faults_.origin()->at(path)) : Value(value, {});
}

int Reader::name_of(const Value& value, std::span<const std::string_view> names,
                    const FieldRules& rules, const Path& path) {
  if (value.is_string()) {
    auto found = std::ranges::find(names, view(value.get_string()));
    if (found != names.end()) return static_cast<int>(found - names.begin());
  }
  std::string what = names.size() == 1 ? "" : "one of ";
  for (std::size_t i = 0; i < names.size(); ++i)
    what += fmt::format("{}\"{}\"", i == 0 ? "" : ", ", names[i]);
  expected(what, value, rules, path);
  return -1;
}

const boost::json::string* Reader::text(const Value& value, const FieldRules& rules,
                                        const Path& path) {
  if (!value.is_string()) expected("a string", value, rules, path);
  return value.if_string();
}

void Reader::text_fault(const Error& error, const FieldRules& rules, const Path& path) {
  faults_.add(path, rules.is_secret ? "expected another form of text" : error.what);
}

const Array* Reader::array(const Value& value, const FieldRules& rules, const Path& path) {
  const Array* array = value.if_array();
  if (!array) {
    expected("an array", value, rules, path);
    return nullptr;
  }
  if (rules.fewest <= array->size() && array->size() <= rules.fullest) return array;
  faults_.add(path, fmt::format("expected {}, got {}",
                                amount(rules.fewest, rules.fullest, "elements"), array->size()));
  return nullptr;
}

const Object* Reader::object(const Value& value, const FieldRules& rules, const Path& path) {
  const Object* object = value.if_object();
  if (!object) {
    expected("an object", value, rules, path);
    return nullptr;
  }
  if (rules.fewest <= object->size() && object->size() <= rules.fullest) return object;
  faults_.add(path, fmt::format("expected {}, got {}",
                                amount(rules.fewest, rules.fullest, "members"), object->size()));
  return nullptr;
}

void Reader::missing(const Path& path) {
  faults_.add(path, fmt::format("the field {} is required", quote(path.key())));
}

void Reader::others(const Object& object, std::span<const std::string_view> names, Object* unknown,
                    const Path& path) {
  if (mode_ == Mode::lenient && !unknown) return;
  for (const auto& member : object) {
    std::string_view key(member.key().data(), member.key().size());
    if (std::ranges::find(names, key) != names.end()) continue;
    if (mode_ == Mode::lenient) {
      Value kept;
      free_form(member.value(), kept, path / key);
      unknown->insert_or_assign(key, std::move(kept));
      continue;
    }
    std::string_view near = nearest(key, names);
    std::string hint = near.empty() ? "" : fmt::format(" (did you mean \"{}\"?)", near);
    faults_.add(path / key, fmt::format("unknown field {}{}", quote(key), hint));
  }
}

Result<> read_text(Reader& reader, std::string_view text, const Limits& limits,
                   void (*read)(Reader&, const Value&, void*), void* out) {
  unsigned char buffer[4096];
  boost::json::monotonic_resource arena(buffer, sizeof buffer);
  TRY_ASSIGN(Value value, parse(text, limits, boost::json::storage_ptr(&arena)));
  read(reader, value, out);
  if (!reader.faults().empty()) return fail(error_of(reader.faults().take()));
  return {};
}

}  // namespace reeve::json
