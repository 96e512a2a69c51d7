// The door of the JSON room: text to values and back. Boost.JSON does the work; here are the limits
// that input from outside needs. Pure functions; any thread. The typed side is json/codec.hpp.
#pragma once

#include "base/result.hpp"

#include <boost/json/value.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace reeve::json {

using Value = boost::json::value;
using Object = boost::json::object;
using Array = boost::json::array;

/// What input from outside may cost at most.
struct Limits {
  std::size_t bytes = 16 << 20;
  std::size_t depth = 64;       // nested arrays and objects
  std::size_t nodes = 200'000;  // YAML alone, where an alias may stand for many
};

/// One JSON text (RFC 8259). Refused are: invalid UTF-8, a key given twice, anything after the
/// value, a number beyond a double, and what is over the limits (too_large for bytes, else
/// invalid). The message starts "line L, column C: ", counted in bytes from 1. With a
/// storage the value lives there, and no longer.
Result<Value> parse(std::string_view text, const Limits& limits = {},
                    boost::json::storage_ptr storage = {});

/// Compact text. Doubles are written as shortly as they read back the same, NaN and infinity as
/// null.
std::string serialize(const Value& value);

/// Text for people: 2 spaces, one member a line, a line feed at the end.
std::string serialize_pretty(const Value& value);

}  // namespace reeve::json
