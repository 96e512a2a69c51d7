// Described structs to JSON and back, in one walk that needs no code per type:
//
//   Result<Service> service = json::decode_text<Service>(body, json::Mode::strict);
//   std::string text = json::encode_text(*service);
//
// A missing key and null mean the same: the member keeps its initializer, and an empty optional is
// not written. Every fault is found, each with its JSON Pointer. Rules: json/rules.hpp; types with
// a text form, cross-field checks, kept unknown keys: the concepts of json/described.hpp. README.md
// has the table of types. Pure functions; any thread.
#pragma once

#include "json/decode.hpp"
#include "json/encode.hpp"

namespace reeve::json {

/// Reads a T. `mode` says what an unknown key is: see Mode.
template <class T>
Result<T> decode(const Value& value, Mode mode) {
  Reader reader(mode);
  T out{};
  read(reader, value, out, kNoRules, Path());
  if (!reader.faults().empty()) return fail(error_of(reader.faults().take()));
  return out;
}

/// Parses and reads a T.
template <class T>
Result<T> decode_text(std::string_view text, Mode mode, const Limits& limits = {}) {
  Reader reader(mode);
  T out{};
  auto read_it = [](Reader& from, const Value& value, void* to) {
    read(from, value, *static_cast<T*>(to), kNoRules, Path());
  };
  TRY(read_text(reader, text, limits, read_it, &out));
  return out;
}

/// Appends the compact text of `value`. Bytes in strings that are not UTF-8 become U+FFFD. Of a
/// type that holds secrets it must be said whether they are shown.
template <class T>
void append(std::string& out, const T& value, const Secrets& secrets) {
  write(out, value, kNoRules, secrets);
}
template <class T>
void append(std::string& out, const T& value) {
  static_assert(!holds_secret<T>(), "say whether secrets are shown: kShowSecrets or a fingerprint");
  write(out, value, kNoRules, kShowSecrets);
}

template <class T>
std::string encode_text(const T& value, const Secrets& secrets) {
  std::string out;
  append(out, value, secrets);
  return out;
}
template <class T>
std::string encode_text(const T& value) {
  std::string out;
  append(out, value);
  return out;
}

/// The same as a Value; costs a text and its parsing, which keeps one walk the only truth.
template <class T>
Value encode(const T& value, const Secrets& secrets) {
  return parse_own(encode_text(value, secrets));
}
template <class T>
Value encode(const T& value) {
  return parse_own(encode_text(value));
}

}  // namespace reeve::json
