#include "net/http/response_text.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <iterator>

namespace reeve::net {
namespace {

std::string_view reason(int status) {
  switch (status) {
    case 101: return "Switching Protocols";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 409: return "Conflict";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 426: return "Upgrade Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 507: return "Insufficient Storage";
    default: return "";  // the phrase may be empty (RFC 9112, 4)
  }
}

void append_number(std::string& out, std::size_t number) {
  std::array<char, 20> digits;
  auto [end, ignored] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), end);
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  // A line break in a value would begin a header of somebody else's making.
  auto begin = out.size();
  out += value;
  for (auto at = begin; at < out.size(); ++at)
    if (static_cast<unsigned char>(out[at]) < ' ' && out[at] != '\t') out[at] = ' ';
  out += "\r\n";
}

}  // namespace

bool may_have_body(int status) { return status >= 200 && status != 204 && status != 304; }

void append_header(std::string& out, const Response& response, const ResponseFrame& frame) {
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::size_t>(response.status));
  out += ' ';
  out += reason(response.status);
  out += "\r\n";
  if (!response.content_type.empty()) append_field(out, "Content-Type", response.content_type);
  for (std::size_t i = 0; i < response.headers.size(); ++i) {
    auto [name, value] = response.headers[i];
    append_field(out, name, value);
  }
  append_field(out, "X-Request-Id", frame.request_id);
  if (frame.is_chunked) out += "Transfer-Encoding: chunked\r\n";
  if (frame.length && may_have_body(response.status)) {
    out += "Content-Length: ";
    append_number(out, *frame.length);
    out += "\r\n";
  }
  if (frame.closes) out += "Connection: close\r\n";
  if (!frame.closes && frame.is_http_1_0) out += "Connection: keep-alive\r\n";
  out += "\r\n";
}

void append_chunk(std::string& out, std::string_view text) {
  if (text.empty()) return;  // an empty chunk would end the answer
  fmt::format_to(std::back_inserter(out), "{:x}\r\n", text.size());
  out += text;
  out += "\r\n";
}

std::string overloaded_text() {
  auto response =
      error_response({Errc::unavailable, "too many connections, try again later", "", {}});
  std::string text;
  ResponseFrame frame;
  frame.request_id = "-";
  frame.closes = true;
  frame.length = response.body.view().size();
  append_header(text, response, frame);
  text += response.body.view();
  return text;
}

}  // namespace reeve::net
