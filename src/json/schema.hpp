// JSON Schema 2020-12, as OpenAPI 3.1 embeds it, from the same description that the codec walks.
// Structs become named definitions and are referred to. Used when the API's description is printed;
// include it only there. Pure functions; any thread.
#pragma once

#include "json/codec.hpp"

#include <map>
#include <string>

namespace reeve::json {

/// The named schemas met so far: what goes under "components/schemas".
class Definitions {
 public:
  /// Reserves a name; false if it is there already. Two C++ types of one name are a bug.
  bool claim(std::string_view name, std::string_view cpp_type);
  void define(std::string_view name, Object schema);
  /// All of them, sorted by name.
  Object take();

 private:
  struct Entry {
    std::string cpp_type;
    Object schema;
  };
  std::map<std::string, Entry, std::less<>> entries_;
};

// The parts that do not depend on the type.
Object integer_schema(const FieldRules& rules, double least, double most);
Object number_schema(const FieldRules& rules);
Object string_schema(const FieldRules& rules);
Object duration_schema();
Object time_schema();
Object text_form_schema(const TextSchema& text, const FieldRules& rules);
Object enum_schema(std::span<const std::string_view> names);
Object array_schema(Object items, const FieldRules& rules);
Object map_schema(Object values, const FieldRules& rules);
Object reference_schema(std::string_view name);
Object struct_schema(Object properties, Array required);
/// Adds what rules say about the field as a whole: description, readOnly, writeOnly.
Object field_schema(Object schema, const FieldRules& rules, const Value& default_value);
/// "Service" out of "reeve::model::Service".
std::string_view last_name(std::string_view cpp_type);

template <class T>
constexpr std::string_view cpp_type_name() {
  std::string_view name = __PRETTY_FUNCTION__;
  name.remove_prefix(name.find("T = ") + 4);
  name.remove_suffix(1);
  return name;
}

/// The name under components/schemas: the struct's own, or what `std::string_view schema_name(const
/// T*)` beside it says.
template <class T>
std::string_view definition_name() {
  if constexpr (requires { schema_name(static_cast<const T*>(nullptr)); })
    return schema_name(static_cast<const T*>(nullptr));
  else
    return last_name(cpp_type_name<T>());
}

template <class T>
Object schema(Definitions& definitions, const FieldRules& rules = kNoRules);

/// What the field holds when its key is missing; null where it is required, optional or secret.
template <class T>
Value default_of(const T& initial, const FieldRules& rules) {
  if (rules.is_required || rules.is_secret || OptionalType<T> || FreeType<T>) return nullptr;
  if constexpr (StructType<T>)
    return Object();
  else
    return parse_own(encode_text(initial, kShowSecrets));
}

template <StructType T>
void define(Definitions& definitions) {
  if (!definitions.claim(definition_name<T>(), cpp_type_name<T>())) return;
  T initial{};
  Object properties;
  Array required;
  boost::mp11::mp_for_each<MembersOf<T>>([&](auto member) {
    using D = decltype(member);
    const auto& part = initial.*D::pointer;
    constexpr const FieldRules& rules = kRules<T, D>;
    Object inner = schema<std::remove_cvref_t<decltype(part)>>(definitions, rules);
    properties[rules.name] = field_schema(std::move(inner), rules, default_of(part, rules));
    if (rules.is_required) required.emplace_back(rules.name);
  });
  definitions.define(definition_name<T>(),
                     struct_schema(std::move(properties), std::move(required)));
}

template <class T>
Object text_schema_of(const FieldRules& rules) {
  if constexpr (requires { text_schema(static_cast<const T*>(nullptr)); })
    return text_form_schema(text_schema(static_cast<const T*>(nullptr)), rules);
  else
    return string_schema(rules);
}

/// The schema of a T. Structs become a $ref to "#/components/schemas/Name".
template <class T>
Object schema(Definitions& definitions, const FieldRules& rules) {
  using Range = std::numeric_limits<T>;
  if constexpr (std::same_as<T, bool>)
    return {{"type", "boolean"}};
  else if constexpr (IntegerType<T>)
    return integer_schema(rules, static_cast<double>(Range::min()),
                          static_cast<double>(Range::max()));
  else if constexpr (std::floating_point<T>)
    return number_schema(rules);
  else if constexpr (std::same_as<T, std::string>)
    return string_schema(rules);
  else if constexpr (DurationType<T>)
    return duration_schema();
  else if constexpr (TimeType<T>)
    return time_schema();
  else if constexpr (std::same_as<T, Value>)
    return {};
  else if constexpr (std::same_as<T, Object>)
    return {{"type", "object"}};
  else if constexpr (FormType<T>)
    return form_schema(static_cast<const T*>(nullptr));
  else if constexpr (EnumType<T>)
    return enum_schema(kEnumNames<T>);
  else if constexpr (TextType<T>)
    return text_schema_of<T>(rules);
  else if constexpr (OptionalType<T>)
    return schema<typename ElementOf<T>::optional>(definitions, rules);
  else if constexpr (VectorType<T>)
    return array_schema(schema<typename ElementOf<T>::vector>(definitions, rules), rules);
  else if constexpr (MapType<T>)
    return map_schema(schema<typename ElementOf<T>::map>(definitions, rules), rules);
  else {
    define<T>(definitions);
    return reference_schema(definition_name<T>());
  }
}

}  // namespace reeve::json
