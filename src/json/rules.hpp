// What a described struct says about its fields beyond their types. The rules stand beside the
// struct, in its namespace, and are found through it:
//
//   struct Instance { std::string ip; int port = 0; std::string password; };
//   BOOST_DESCRIBE_STRUCT(Instance, (), (ip, port, password))
//   constexpr auto rules(const Instance*) {
//     return std::array{json::field("ip").required(),
//                       json::field("port").required().range(1, 65535).text("TCP port"),
//                       json::field("password").secret()};
//   }
//
// The one list yields the checks of decode and the words of the JSON Schema. A name that is no
// field does not compile. In a vector, map or optional the rules but items() are about the
// elements.
#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <limits>
#include <string_view>

namespace reeve::json {

struct FieldRules {
  std::string_view name;
  std::string_view description;
  std::string_view pattern_hint;
  double least = -std::numeric_limits<double>::infinity();  // nanoseconds for a duration
  double most = std::numeric_limits<double>::infinity();
  std::size_t shortest = 0;
  std::size_t longest = std::numeric_limits<std::size_t>::max();
  std::size_t fewest = 0;
  std::size_t fullest = std::numeric_limits<std::size_t>::max();
  bool is_required = false;
  bool is_secret = false;
  bool is_read_only = false;

  // Each answers a changed copy. (No shared helper template: clang 19 would not instantiate it in
  // time for a constant expression.)

  /// Must be there and not null.
  constexpr FieldRules required() const {
    FieldRules changed = *this;
    changed.is_required = true;
    return changed;
  }
  /// Write-only: people are shown a fingerprint, and faults never quote it.
  constexpr FieldRules secret() const {
    FieldRules changed = *this;
    changed.is_secret = true;
    return changed;
  }
  /// The server sets it: Mode::strict accepts and ignores it, so that an answer can be sent back.
  constexpr FieldRules read_only() const {
    FieldRules changed = *this;
    changed.is_read_only = true;
    return changed;
  }
  /// A number from `low` to `high`, both allowed.
  constexpr FieldRules range(double low, double high) const {
    FieldRules changed = *this;
    changed.least = low;
    changed.most = high;
    return changed;
  }
  constexpr FieldRules range(Duration low, Duration high) const {
    return range(static_cast<double>(low.count()), static_cast<double>(high.count()));
  }
  constexpr FieldRules at_least(double low) const { return range(low, most); }
  /// Text of `low` to `high` characters (Unicode code points).
  constexpr FieldRules length(std::size_t low, std::size_t high) const {
    FieldRules changed = *this;
    changed.shortest = low;
    changed.longest = high;
    return changed;
  }
  /// A vector or map of `low` to `high` elements; of nested ones, each.
  constexpr FieldRules items(std::size_t low, std::size_t high) const {
    FieldRules changed = *this;
    changed.fewest = low;
    changed.fullest = high;
    return changed;
  }
  /// A regular expression for the schema alone; what enforces it is the type or validate().
  constexpr FieldRules pattern(std::string_view expression) const {
    FieldRules changed = *this;
    changed.pattern_hint = expression;
    return changed;
  }
  /// The description that the API's documentation shows.
  constexpr FieldRules text(std::string_view words) const {
    FieldRules changed = *this;
    changed.description = words;
    return changed;
  }
};

constexpr FieldRules field(std::string_view name) {
  FieldRules rules;
  rules.name = name;
  return rules;
}

/// Of a type with a text form of its own: what its text looks like, for the schema. Found as
/// `json::TextSchema text_schema(const T*)`; a type without it is any text.
struct TextSchema {
  std::string_view pattern;
  std::string_view format;  // as JSON Schema's "format"
  std::string_view description;
};

}  // namespace reeve::json
