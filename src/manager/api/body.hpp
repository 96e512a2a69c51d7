// The body of a request as a described struct: JSON or YAML by its Content-Type, through the strict
// codec, so that every fault comes with its path. Pure functions; any thread.
#pragma once

#include "json/yaml.hpp"
#include "net/http.hpp"

namespace reeve::manager::api {

enum class BodyKind { json, yaml };

/// `unsupported_media` for what is neither. No Content-Type at all is taken for JSON.
Result<BodyKind> body_kind(const net::Request& request);

/// The only document of a YAML body.
Result<json::Document> yaml_body(const net::Request& request);

/// The body without its types, for what is merged; of plain YAML text what YAML says of it.
Result<json::Value> body_value(const net::Request& request);

template <class T>
Result<T> body(const net::Request& request) {
  TRY_ASSIGN(auto kind, body_kind(request));
  if (kind == BodyKind::json) return json::decode_text<T>(request.body, json::Mode::strict);
  TRY_ASSIGN(auto document, yaml_body(request));
  return json::decode<T>(document, json::Mode::strict);
}

/// The same where no body means an empty object.
template <class T>
Result<T> body_or_default(const net::Request& request) {
  if (request.body.empty()) return T{};
  return body<T>(request);
}

}  // namespace reeve::manager::api
