#include "net/http/request_parser.hpp"

#include "base/quote.hpp"
#include "net/http/beast_quirks.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

namespace reeve::net {
namespace http = boost::beast::http;

namespace {

constexpr std::string_view kHeaderField = "request header";

Error explain(const boost::beast::error_code& error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return {Errc::too_large,
            "the request's header is larger than allowed",
            std::string(kHeaderField),
            {}};
  if (error == http::error::body_limit)
    return {Errc::too_large, "the request's body is larger than allowed", "", {}};
  return {Errc::invalid, fmt::format("malformed HTTP request: {}", error.message()), "", {}};
}

}  // namespace

int status_of_bad_request(const Error& error) {
  return error.code == Errc::too_large && error.field == kHeaderField ? 431
                                                                      : http_status(error.code);
}

void RequestParser::reset() {
  parser_.emplace(*this);
  parser_->header_limit(static_cast<std::uint32_t>(max_header_bytes_));
  parser_->body_limit(boost::none);
  has_started_ = false;
  request.headers.clear();
  request.body.clear();
  request.request_id.clear();
}

Result<std::size_t> RequestParser::feed(std::string_view bytes) {
  // RFC 9112, 2.2: empty lines before a request are skipped.
  std::size_t used = 0;
  while (!has_started_ && used < bytes.size() && (bytes[used] == '\r' || bytes[used] == '\n'))
    ++used;
  has_started_ = has_started_ || used < bytes.size();
  while (used < bytes.size() && !parser_->is_done()) {
    if (must_wait_for_chunk(*parser_, bytes.size() - used)) break;
    bool had_header = parser_->is_header_done();
    boost::beast::error_code error;
    used += parser_->put(boost::asio::buffer(bytes.data() + used, bytes.size() - used), error);
    if (error == http::error::need_more) break;
    if (error) return fail(explain(error));
    if (!had_header && parser_->is_header_done()) {
      TRY(check_header());
      break;
    }
  }
  return used;
}

Result<> RequestParser::check_header() const {
  if (version_ == 11 && !request.headers.find("Host"))
    return fail(Errc::invalid, "expected a Host header");
  if (!request.target.starts_with('/') && request.target != "*")
    return fail(Errc::invalid, "expected a path as the request's target, got {}",
                quote(request.target));
  for (std::size_t i = 0; i < request.headers.size(); ++i) {
    auto [name, value] = request.headers[i];
    // Two readers of one message who understand this differently can be played off against each
    // other, and nothing but plain chunks is worth understanding.
    if (same_word(name, "Transfer-Encoding") && !same_word(value, "chunked"))
      return fail(Errc::unsupported, "expected no transfer encoding but chunked, got {}",
                  quote(value));
  }
  return {};
}

std::optional<std::uint64_t> RequestParser::content_length() const {
  auto length = parser_->content_length();
  return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
}

bool RequestParser::wants_continue() const {
  return version_ == 11 && same_word(request.headers.get("Expect"), "100-continue");
}

void RequestParser::Parser::on_request_impl(http::verb, View method, View target, int version,
                                            Error&) {
  owner_.request.method = net::parse_method(std::string_view(method.data(), method.size()));
  owner_.request.target.assign(target.data(), target.size());
  owner_.version_ = version;
}

void RequestParser::Parser::on_field_impl(http::field, View name, View value, Error&) {
  owner_.request.headers.add({name.data(), name.size()}, {value.data(), value.size()});
}

std::size_t RequestParser::Parser::on_body_impl(View body, Error&) {
  owner_.request.body.append(body.data(), body.size());
  return body.size();
}

std::size_t RequestParser::Parser::on_chunk_body_impl(std::uint64_t, View body, Error& error) {
  return on_body_impl(body, error);
}

}  // namespace reeve::net
