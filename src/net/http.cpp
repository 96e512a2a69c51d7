#include "net/http.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <array>

namespace reeve::net {
namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 8> kMethods = {"GET",   "HEAD",   "POST",    "PUT",
                                                      "PATCH", "DELETE", "OPTIONS", "?"};

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

json::value field_json(const std::string& field) {
  return field.empty() ? json::value(nullptr) : json::value(field);
}

json::value fault_json(const Fault& fault) {
  return {{"code", fault.code}, {"message", fault.message}, {"field", field_json(fault.field)}};
}

// Broken escapes in a query stay as they came: a search for "100%" should find it.
std::string decode_leniently(std::string_view text) {
  auto decoded = percent_decode(text, true);
  return decoded ? std::move(*decoded) : std::string(text);
}

}  // namespace

std::string_view to_string(Method method) { return kMethods[static_cast<std::size_t>(method)]; }

Method parse_method(std::string_view text) {
  for (std::size_t i = 0; i + 1 < kMethods.size(); ++i)
    if (kMethods[i] == text) return static_cast<Method>(i);
  return Method::other;
}

std::string_view Request::path() const {
  return std::string_view(target).substr(0, target.find('?'));
}

std::string_view Request::query() const {
  auto mark = target.find('?');
  return mark == target.npos ? std::string_view() : std::string_view(target).substr(mark + 1);
}

std::vector<std::pair<std::string, std::string>> Request::parameters() const {
  std::vector<std::pair<std::string, std::string>> found;
  auto rest = query();
  while (!rest.empty()) {
    auto end = rest.find('&');
    auto item = rest.substr(0, end);
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
    if (item.empty()) continue;
    auto equals = item.find('=');
    auto value = equals == item.npos ? std::string_view() : item.substr(equals + 1);
    found.emplace_back(decode_leniently(item.substr(0, equals)), decode_leniently(value));
  }
  return found;
}

std::optional<std::string> Request::parameter(std::string_view name) const {
  if (query().empty()) return std::nullopt;
  for (auto& [key, value] : parameters())
    if (key == name) return std::move(value);
  return std::nullopt;
}

std::shared_ptr<const Peer> Request::unknown_peer() {
  static const auto peer = std::make_shared<const Peer>();
  return peer;
}

Response error_response(const Error& error) {
  json::array faults;
  for (const auto& fault : error.faults) faults.push_back(fault_json(fault));
  std::string code(to_string(error.code));
  if (faults.empty()) faults.push_back(fault_json({code, error.what, error.field}));
  json::object inner{{"code", code},
                     {"message", error.what},
                     {"field", field_json(error.field)},
                     {"faults", std::move(faults)}};
  json::object outer{{"error", std::move(inner)}};
  Response response;
  response.status = http_status(error.code);
  response.content_type = "application/json";
  response.body = json::serialize(outer);
  return response;
}

bool is_websocket_request(const Request& request) {
  return request.method == Method::get && same_word(request.headers.get("Upgrade"), "websocket") &&
         request.headers.find("Sec-WebSocket-Key").has_value();
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return decoded;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (char c : text) {
    bool is_unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                         (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (is_unreserved) {
      encoded += c;
      continue;
    }
    auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += kDigits[byte >> 4];
    encoded += kDigits[byte & 15];
  }
  return encoded;
}

}  // namespace reeve::net
