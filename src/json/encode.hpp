// The writing half of the codec: one overload of write() for each kind of type, straight into a
// string. Included through json/codec.hpp.
#pragma once

#include "json/described.hpp"

#include <cstdint>
#include <functional>

namespace reeve::json {

/// Whether secret fields are written as they are (store, agents) or, for people, as
/// {"fingerprint": "sha256:…"} with the fingerprint that this function makes of the secret. An
/// empty secret stays "".
struct Secrets {
  std::function<std::string(std::string_view secret)> fingerprint;
  bool hidden() const { return static_cast<bool>(fingerprint); }
};
inline const Secrets kShowSecrets{};

void write_string(std::string& out, std::string_view text);  // with quotes and escapes
void write_integer(std::string& out, std::int64_t number);
void write_natural(std::string& out, std::uint64_t number);
void write_number(std::string& out, double number);
void write_duration(std::string& out, Duration duration);
void write_time(std::string& out, WallTime time);
void write_free(std::string& out, const Value& value);
void write_free(std::string& out, const Object& object);
void write_fingerprint(std::string& out, std::string_view secret, const Secrets& secrets);
/// The text between members and the key: `,"name":`, without the comma for the first.
void write_key(std::string& out, std::string_view key, bool& first);
/// Further members of an object that is open.
void write_members(std::string& out, const Object& object, bool& first);
/// Parses what this room has written; it cannot fail.
Value parse_own(std::string_view text);

template <class T>
  requires std::integral<T>
void write(std::string& out, T value, const FieldRules&, const Secrets&) {
  if constexpr (std::same_as<T, bool>)
    out += value ? "true" : "false";
  else if constexpr (std::is_signed_v<T>)
    write_integer(out, value);
  else
    write_natural(out, value);
}

template <std::floating_point T>
void write(std::string& out, T value, const FieldRules&, const Secrets&) {
  write_number(out, static_cast<double>(value));
}

inline void write(std::string& out, const std::string& value, const FieldRules&, const Secrets&) {
  write_string(out, value);
}

template <DurationType T>
void write(std::string& out, const T& value, const FieldRules&, const Secrets&) {
  write_duration(out, value);
}

template <TimeType T>
void write(std::string& out, const T& value, const FieldRules&, const Secrets&) {
  write_time(out, value);
}

template <FreeType T>
void write(std::string& out, const T& value, const FieldRules&, const Secrets&) {
  write_free(out, value);
}

/// The enumerator's wire name; "" for a number that is none.
template <EnumType T>
std::string_view enum_name(T value) {
  std::string_view name;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto enumerator) {
    if (enumerator.value == value) name = wire_name(enumerator.name);
  });
  return name;
}

template <EnumType T>
void write(std::string& out, T value, const FieldRules&, const Secrets&) {
  out += '"';
  out += enum_name(value);  // C++ names need no escapes
  out += '"';
}

template <TextType T>
void write(std::string& out, const T& value, const FieldRules&, const Secrets&) {
  write_string(out, to_text(value));
}

template <FormType T>
void write(std::string& out, const T& value, const FieldRules&, const Secrets&) {
  write_form(out, value);
}

/// An element or field: the value, or its fingerprint where the rules and the reader say so.
template <class T>
void write_guarded(std::string& out, const T& value, const FieldRules& rules,
                   const Secrets& secrets) {
  constexpr bool is_leaf = !OptionalType<T> && !VectorType<T> && !MapType<T>;
  if (!is_leaf || !rules.is_secret || !secrets.hidden()) {
    write(out, value, rules, secrets);
  } else if constexpr (std::same_as<T, std::string>) {
    write_fingerprint(out, value, secrets);
  } else if constexpr (is_leaf) {
    std::string plain;
    write(plain, value, kNoRules, kShowSecrets);
    write_fingerprint(out, plain, secrets);
  }
}

template <OptionalType T>
void write(std::string& out, const T& value, const FieldRules& rules, const Secrets& secrets) {
  if (value)
    write_guarded(out, *value, rules, secrets);
  else
    out += "null";
}

template <VectorType T>
void write(std::string& out, const T& value, const FieldRules& rules, const Secrets& secrets) {
  out += '[';
  bool first = true;
  for (const typename ElementOf<T>::vector& element : value) {
    if (!first) out += ',';
    first = false;
    write_guarded(out, element, rules, secrets);
  }
  out += ']';
}

template <MapType T>
void write(std::string& out, const T& value, const FieldRules& rules, const Secrets& secrets) {
  out += '{';
  bool first = true;
  for (const auto& [key, element] : value) {
    write_key(out, key, first);
    write_guarded(out, element, rules, secrets);
  }
  out += '}';
}

template <class T>
bool is_left_out(const T& value) {
  if constexpr (OptionalType<T>)
    return !value;
  else if constexpr (std::same_as<T, Value>)
    return value.is_null();
  else
    return false;
}

template <StructType T>
void write(std::string& out, const T& value, const FieldRules&, const Secrets& secrets) {
  out += '{';
  bool first = true;
  boost::mp11::mp_for_each<MembersOf<T>>([&](auto member) {
    using D = decltype(member);
    const auto& part = value.*D::pointer;
    if (is_left_out(part)) return;
    write_key(out, kRules<T, D>.name, first);
    write_guarded(out, part, kRules<T, D>, secrets);
  });
  if constexpr (KeepsUnknown<T>) write_members(out, value.unknown, first);
  out += '}';
}

}  // namespace reeve::json
