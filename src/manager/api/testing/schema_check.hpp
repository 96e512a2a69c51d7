// Checks a value against the part of JSON Schema that the API's description uses. For tests.
#pragma once

#include "json/json.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace reeve::manager::api::testing {

class SchemaCheck {
 public:
  /// `document` holds the schemas that are referred to, and must outlive this.
  explicit SchemaCheck(const json::Value& document) : document_(document) {}

  /// "" where the value is good, else a line for each fault.
  std::string faults(const json::Value& value, const json::Value& schema) {
    found_.clear();
    check(value, schema.as_object(), "");
    return found_;
  }

 private:
  void add(const std::string& path, std::string_view what) {
    found_ += path + ": " + std::string(what) + "\n";
  }

  static bool has_type(const json::Value& value, std::string_view type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_bool();
    if (type == "null") return value.is_null();
    if (type == "integer") return value.is_int64() || value.is_uint64();
    return type == "number" && value.is_number();
  }

  void check(const json::Value& value, const json::Object& schema, const std::string& path) {
    if (const auto* reference = schema.if_contains("$ref")) {
      auto name =
          std::string_view(reference->as_string()).substr(sizeof("#/components/schemas/") - 1);
      check(value, document_.at("components").at("schemas").at(name).as_object(), path);
      return;
    }
    if (const auto* type = schema.if_contains("type")) {
      bool is_good = type->is_string()
                         ? has_type(value, type->as_string())
                         : std::ranges::any_of(type->as_array(), [&](const auto& one) {
                             return has_type(value, one.as_string());
                           });
      if (!is_good) add(path, "has the wrong type");
    }
    if (const auto* names = schema.if_contains("enum"))
      if (std::ranges::find(names->as_array(), value) == names->as_array().end())
        add(path, "is none of the enum");
    if (const auto* forms = schema.if_contains("oneOf"))
      if (!fits_one_of(value, forms->as_array())) add(path, "has none of its forms");
    check_bounds(value, schema, path);
    if (value.is_object()) check_members(value.get_object(), schema, path);
    if (const auto* items = schema.if_contains("items"); items && value.is_array())
      for (const auto& element : value.get_array()) check(element, items->as_object(), path + "/*");
  }

  bool fits_one_of(const json::Value& value, const json::Array& forms) const {
    return std::ranges::count_if(forms, [&](const auto& form) {
             return SchemaCheck(document_).faults(value, form).empty();
           }) == 1;
  }

  void check_bounds(const json::Value& value, const json::Object& schema, const std::string& path) {
    if (!value.is_number()) return;
    auto number = value.to_number<double>();
    const auto* least = schema.if_contains("minimum");
    const auto* most = schema.if_contains("maximum");
    if (least && number < least->to_number<double>()) add(path, "is below the minimum");
    if (most && number > most->to_number<double>()) add(path, "is above the maximum");
  }

  void check_members(const json::Object& object, const json::Object& schema,
                     const std::string& path) {
    if (const auto* required = schema.if_contains("required"))
      for (const auto& name : required->as_array())
        if (!object.contains(name.as_string())) add(path, "lacks " + std::string(name.as_string()));
    const auto* known = schema.if_contains("properties");
    const auto* others = schema.if_contains("additionalProperties");
    for (const auto& member : object) {
      auto at = path + "/" + std::string(member.key());
      const auto* property = known ? known->as_object().if_contains(member.key()) : nullptr;
      if (property)
        check(member.value(), property->as_object(), at);
      else if (others && others->is_object())
        check(member.value(), others->as_object(), at);
      else if (others && !others->as_bool())
        add(at, "is unknown");
    }
  }

  const json::Value& document_;
  std::string found_;
};

}  // namespace reeve::manager::api::testing
