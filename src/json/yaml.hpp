// YAML into described structs with the codec that JSON has. The type of the field decides: plain
// `no` is "no" where a string is due and a fault where a boolean is; plain `80` is a number where
// a number is due and "80" where a string is; quoted "80" is never a number, as in JSON. `~`,
// `null` and nothing are null. Numbers and booleans are written as in JSON. JSON text is YAML too.
// Faults carry line and column. Pure functions; any thread.
#pragma once

#include "json/codec.hpp"
#include "json/document.hpp"

#include <vector>

namespace reeve::json {

/// All documents of a text, empty ones left out. Every scalar but null is a string, see Mark.
/// Refused are keys given twice, keys that are no text, unknown tags, and what is over the limits;
/// aliases count as what they stand for.
Result<std::vector<Document>> parse_yaml(std::string_view text, const Limits& limits = {});

template <class T>
Result<T> decode(const Document& document, Mode mode) {
  Reader reader(mode, &document);
  T out{};
  read(reader, document.value, out, kNoRules, Path());
  if (!reader.faults().empty()) return fail(error_of(reader.faults().take()));
  return out;
}

}  // namespace reeve::json
