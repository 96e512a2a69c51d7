// Mustache templates filled with JSON values, for text whose shape its users choose. What a
// template may cost is bounded, for it comes from outside. Pure functions; any thread.
#pragma once

#include "json/json.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reeve::json {

/// Sections within sections, at most.
inline constexpr std::size_t kDeepestTemplate = 16;

/// What keeps the text from being a template that fill() takes: a tag or a section that is not
/// closed, sections too deep, and the tags for partials and other delimiters, which are not
/// offered.
std::optional<std::string> template_fault(const std::string& text);

/// What stands between braces, in order, without comments. Of a text with no template_fault().
struct TemplateTag {
  enum class Kind { value, section, inverted, end };
  Kind kind = Kind::value;
  std::string_view name;  // "a.b"; "." is the item itself
};
std::vector<TemplateTag> template_tags(std::string_view text);

/// The template's text with `{{name}}` and `{{a.b}}` as they are in the value (nothing is escaped),
/// `{{#name}}…{{/name}}` once for each item of an array or once for what is neither false, null nor
/// empty, and `{{^name}}…{{/name}}` for the opposite. A name is looked for in the item first, then
/// outwards: a value whose items could be walked within themselves should hide its lists there.
/// invalid: template_fault(); too_large: the text would be longer than `most` bytes.
Result<std::string> fill(const std::string& text, const Value& value, std::size_t most);

}  // namespace reeve::json
