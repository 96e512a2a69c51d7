// A value together with where each of its parts stood in the text, for YAML, where the type of a
// field decides what its plain text means. Owned by whoever parsed; a plain value.
#pragma once

#include "json/json.hpp"
#include "json/path.hpp"

#include <string>
#include <vector>

namespace reeve::json {

struct Mark {
  std::size_t line = 0;  // from 1
  std::size_t column = 0;
  bool is_plain = false;       // a scalar without quotes: text whose meaning is still open
  std::vector<Mark> children;  // in the order of the array or object it belongs to
};

struct Document {
  Value value;
  Mark mark;

  /// The mark at the path; its nearest known parent's where the path does not exist.
  const Mark& at(const Path& path) const;
};

/// What plain text means where no type says so, YAML 1.2's core schema in JSON's spelling: true and
/// false, numbers, else the text itself.
Value resolve(std::string_view plain);

/// A value with its plain scalars resolved so, where a field takes any JSON.
Value resolve(const Value& value, const Mark& mark);

}  // namespace reeve::json
