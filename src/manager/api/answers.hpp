// Answers put together: a body of JSON with its status and ETag. Pure functions; any thread.
#pragma once

#include "json/codec.hpp"
#include "manager/api/precondition.hpp"
#include "net/http.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace reeve::manager::api {

inline net::Response json_response(net::Body body, int status = 200) {
  net::Response response;
  response.status = status;
  response.content_type = "application/json";
  response.body = std::move(body);
  return response;
}

template <class T>
net::Response json_answer(const T& value, int status = 200) {
  return json_response(json::encode_text(value), status);
}

inline net::Response with_etag(net::Response response, std::uint64_t revision) {
  response.headers.add("ETag", etag(revision));
  return response;
}

inline net::Response no_content() {
  net::Response response;
  response.status = 204;
  return response;
}

/// `in_use`, with a fault for each of the users (so many at most). `what`: `service "pay"`; `kind`:
/// what its users are.
Error in_use_error(std::string_view what, std::string_view kind,
                   const std::vector<std::string>& users);

}  // namespace reeve::manager::api
