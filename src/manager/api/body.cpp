#include "manager/api/body.hpp"

#include "base/quote.hpp"

namespace reeve::manager::api {
namespace {

std::string_view trimmed(std::string_view text) {
  auto first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

Result<BodyKind> body_kind(const net::Request& request) {
  auto given = request.headers.get("Content-Type");
  auto type = trimmed(given.substr(0, given.find(';')));
  if (type.empty()) return BodyKind::json;
  for (auto known : {"application/json", "application/merge-patch+json"})
    if (net::same_word(type, known)) return BodyKind::json;
  for (auto known : {"application/yaml", "application/x-yaml"})
    if (net::same_word(type, known)) return BodyKind::yaml;
  // What curl sends with --data unless told otherwise.
  if (net::same_word(type, "application/x-www-form-urlencoded"))
    return fail(Errc::unsupported_media,
                "a form was sent; with curl, say what the body is: -H 'Content-Type: "
                "application/json'");
  return fail(Errc::unsupported_media,
              "expected a body of Content-Type application/json or application/yaml, got {}",
              quote(type));
}

Result<json::Document> yaml_body(const net::Request& request) {
  TRY_ASSIGN(auto documents, json::parse_yaml(request.body));
  if (documents.size() != 1)
    return fail(Errc::invalid, "expected one YAML document, got {}", documents.size());
  return std::move(documents.front());
}

Result<json::Value> body_value(const net::Request& request) {
  TRY_ASSIGN(auto kind, body_kind(request));
  if (kind == BodyKind::json) return json::parse(request.body);
  TRY_ASSIGN(auto document, yaml_body(request));
  return json::resolve(document.value, document.mark);
}

}  // namespace reeve::manager::api
