// An answer's header as bytes. Pure; any thread.
#pragma once

#include "net/http.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace reeve::net {

struct ResponseFrame {
  std::string_view request_id;
  bool closes = false;       // the connection ends after this answer
  bool is_http_1_0 = false;  // the client must be told when the connection stays
  /// The body's length; nothing for a chunked one (or one that ends with the connection).
  std::optional<std::size_t> length;
  bool is_chunked = false;
};

/// Appends the status line, all fields and the empty line.
void append_header(std::string& out, const Response& response, const ResponseFrame& frame);

/// 1xx, 204 and 304 have none (RFC 9110, 6.4.1).
bool may_have_body(int status);

void append_chunk(std::string& out, std::string_view text);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

/// A connection's bytes for a peer that is not even asked what it wants.
std::string overloaded_text();

}  // namespace reeve::net
