#include "json/template.hpp"

#include <boost/json/object.hpp>
#include <fmt/core.h>
#include <kainjow/mustache.hpp>

#include <exception>

namespace reeve::json {
namespace {

using kainjow::mustache::data;

/// Ends a rendering whose text has become too long.
struct TooLong : std::exception {};

data object_data(const Object& object);

data to_data(const Value& value) {
  switch (value.kind()) {
    case boost::json::kind::null: return false;
    case boost::json::kind::bool_: return value.get_bool();
    case boost::json::kind::string: return std::string(std::string_view(value.get_string()));
    case boost::json::kind::object: return object_data(value.get_object());
    case boost::json::kind::array: {
      data list(data::type::list);
      for (const auto& item : value.get_array()) list.push_back(to_data(item));
      return list;
    }
    default: return serialize(value);
  }
}

data object_data(const Object& object) {
  data made(data::type::object);
  for (const auto& [key, value] : object) made.set(key, to_data(value));
  return made;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

/// The tags of a template one after another, found as the library finds them.
class Tags {
 public:
  explicit Tags(std::string_view text) : text_(text) {}

  /// What stands in the next tag, without the space around it.
  std::optional<std::string_view> next() {
    auto start = text_.find("{{", at_);
    if (start == std::string_view::npos) return std::nullopt;
    bool is_triple = text_.substr(start).starts_with("{{{");
    auto inside = start + (is_triple ? 3 : 2);
    auto end = text_.find(is_triple ? "}}}" : "}}", inside);
    if (end == std::string_view::npos) return std::nullopt;
    at_ = end + (is_triple ? 3 : 2);
    return trimmed(text_.substr(inside, end - inside));
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

/// What the library would take but we do not.
std::optional<std::string> unwanted_tag(std::string_view text) {
  std::size_t depth = 0;
  Tags tags(text);
  while (auto tag = tags.next()) {
    switch (tag->empty() ? ' ' : tag->front()) {
      case '=': return "other delimiters than {{ and }} are not offered";
      case '>': return "there are no partials to include";
      case '/': depth -= depth > 0 ? 1 : 0; break;
      case '#':
      case '^':
        if (++depth > kDeepestTemplate)
          return fmt::format("more than {} sections within each other", kDeepestTemplate);
        break;
      default: break;
    }
  }
  return std::nullopt;
}

TemplateTag tag_of(std::string_view inside) {
  using Kind = TemplateTag::Kind;
  auto name = trimmed(inside.substr(inside.empty() ? 0 : 1));
  switch (inside.empty() ? ' ' : inside.front()) {
    case '#': return {Kind::section, name};
    case '^': return {Kind::inverted, name};
    case '/': return {Kind::end, name};
    case '&': return {Kind::value, name};
    default: return {Kind::value, inside};
  }
}

std::string lower_first(std::string text) {
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] + 32);
  return text;
}

}  // namespace

std::optional<std::string> template_fault(const std::string& text) {
  if (auto unwanted = unwanted_tag(text)) return unwanted;
  kainjow::mustache::mustache parsed(text);
  if (parsed.is_valid()) return std::nullopt;
  return lower_first(parsed.error_message());
}

std::vector<TemplateTag> template_tags(std::string_view text) {
  std::vector<TemplateTag> all;
  Tags tags(text);
  while (auto tag = tags.next())
    if (!tag->starts_with('!')) all.push_back(tag_of(*tag));
  return all;
}

Result<std::string> fill(const std::string& text, const Value& value, std::size_t most) {
  if (auto unwanted = unwanted_tag(text)) return fail(Errc::invalid, "{}", *unwanted);
  kainjow::mustache::mustache parsed(text);
  if (!parsed.is_valid()) return fail(Errc::invalid, "{}", lower_first(parsed.error_message()));
  parsed.set_custom_escape([](const std::string& plain) { return plain; });
  std::string filled;
  try {
    parsed.render(to_data(value), [&](const std::string& piece) {
      if (piece.size() > most - filled.size()) throw TooLong();
      filled += piece;
    });
  } catch (const TooLong&) {
    return fail(Errc::too_large, "the template makes more than {} bytes", most);
  }
  return filled;
}

}  // namespace reeve::json
