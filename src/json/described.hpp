// Compile-time questions about types: what kind of JSON a type becomes, its described fields with
// their wire names and rules. Used by the codec and the schema; nothing here runs.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "json/json.hpp"
#include "json/path.hpp"
#include "json/rules.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace reeve::json {

template <class T>
struct ElementOf {};
template <class T>
struct ElementOf<std::optional<T>> {
  using optional = T;
};
template <class T>
struct ElementOf<std::vector<T>> {
  using vector = T;
};
template <class T>
struct ElementOf<std::map<std::string, T>> {
  using map = T;
};
template <class T>
struct ElementOf<std::map<std::string, T, std::less<>>> {
  using map = T;
};

template <class T>
concept OptionalType = requires { typename ElementOf<T>::optional; };
template <class T>
concept VectorType = requires { typename ElementOf<T>::vector; };
template <class T>
concept MapType = requires { typename ElementOf<T>::map; };
template <class T>
concept IntegerType = std::integral<T> && !std::same_as<T, bool>;
template <class T>
concept DurationType = std::same_as<T, Duration>;
template <class T>
concept TimeType = std::same_as<T, WallTime>;
template <class T>
concept FreeType = std::same_as<T, Value> || std::same_as<T, Object>;

/// A type with a text form of its own, found beside it: `Result<> from_text(std::string_view, T&)`,
/// whose error's message becomes the fault's, and `std::string to_text(const T&)`.
template <class T>
concept TextType = requires(std::string_view text, T& value, const T& constant) {
  { from_text(text, value) } -> std::same_as<Result<>>;
  { to_text(constant) } -> std::convertible_to<std::string>;
};

/// A type that JSON writes in more than one way (`true` beside "unexpected"), found beside it:
///   void read_form(Reader&, const Value&, T&, const FieldRules&, const Path&);
///   void write_form(std::string&, const T&);
///   Object form_schema(const T*);
template <class T>
concept FormType = requires(std::string& out, const T& value) { write_form(out, value); };

template <class T>
concept EnumType = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value &&
                   !TextType<T> && !FormType<T>;
template <class T>
concept StructType =
    std::is_class_v<T> && boost::describe::has_describe_members<T>::value && !TextType<T>;

/// A struct that keeps what it does not know: `json::Object unknown;`, which is not described.
template <class T>
concept KeepsUnknown = requires(T& value) {
  { value.unknown } -> std::same_as<Object&>;
};
template <class T>
concept HasRules = requires(const T* type) { rules(type); };
/// A struct with cross-field rules, found beside it: `void validate(const T&, Faults&, const
/// Path&)`.
template <class T>
concept HasValidate =
    requires(const T& value, Faults& faults, const Path& path) { validate(value, faults, path); };

/// A C++ name as it stands on the wire: a trailing `_`, as in `default_`, is dropped.
constexpr std::string_view wire_name(std::string_view name) {
  if (name.ends_with('_')) name.remove_suffix(1);
  return name;
}

template <class T>
using MembersOf = boost::describe::describe_members<T, boost::describe::mod_public |
                                                           boost::describe::mod_inherited>;

template <class List>
struct WireNames;
template <template <class...> class List, class... D>
struct WireNames<List<D...>> {
  static constexpr std::array<std::string_view, sizeof...(D)> value{wire_name(D::name)...};
};
template <StructType T>
inline constexpr auto& kFieldNames = WireNames<MembersOf<T>>::value;
template <EnumType T>
inline constexpr auto& kEnumNames = WireNames<boost::describe::describe_enumerators<T>>::value;

template <class T>
consteval bool rules_name_fields() {
  if constexpr (HasRules<T>) {
    for (const FieldRules& rule : rules(static_cast<const T*>(nullptr)))
      if (std::ranges::find(kFieldNames<T>, rule.name) == kFieldNames<T>.end()) return false;
  }
  return true;
}

template <class T>
consteval FieldRules find_rules(std::string_view wire) {
  static_assert(rules_name_fields<T>(), "rules() names a field that is not described");
  if constexpr (HasRules<T>) {
    for (const FieldRules& rule : rules(static_cast<const T*>(nullptr)))
      if (rule.name == wire) return rule;
  }
  return field(wire);
}
/// The rules of the field with the descriptor D; an empty set with its name where none were given.
template <class T, class D>
inline constexpr FieldRules kRules = find_rules<T>(wire_name(D::name));

inline constexpr FieldRules kNoRules{};

template <class T, class... Seen>
consteval bool holds_secret();

template <class T, class... Seen>
struct AnySecretField {
  template <template <class...> class List, class... D>
  static consteval bool in(List<D...>*) {
    return ((kRules<T, D>.is_secret ||
             holds_secret<std::remove_cvref_t<decltype(std::declval<T&>().*D::pointer)>, T,
                          Seen...>()) ||
            ...);
  }
};

/// Whether a secret stands anywhere in T.
template <class T, class... Seen>
consteval bool holds_secret() {
  if constexpr ((std::same_as<T, Seen> || ...))
    return false;
  else if constexpr (OptionalType<T>)
    return holds_secret<typename ElementOf<T>::optional, Seen...>();
  else if constexpr (VectorType<T>)
    return holds_secret<typename ElementOf<T>::vector, Seen...>();
  else if constexpr (MapType<T>)
    return holds_secret<typename ElementOf<T>::map, Seen...>();
  else if constexpr (StructType<T>)
    return AnySecretField<T, Seen...>::in(static_cast<MembersOf<T>*>(nullptr));
  else
    return false;
}

}  // namespace reeve::json
