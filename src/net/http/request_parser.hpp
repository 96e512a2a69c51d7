// Turns the bytes of a connection into Requests, with Beast's parser: strict about what may be
// smuggled (RFC 9112, 6.3). Its storage is used again from request to request. Private to net/;
// owned by a connection, its loop's thread only.
#pragma once

#include "net/http.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace reeve::net {

class RequestParser {
 public:
  explicit RequestParser(std::size_t max_header_bytes) : max_header_bytes_(max_header_bytes) {
    reset();
  }

  /// Begins the next request; `request` is emptied and keeps its memory.
  void reset();

  /// Takes what it can of `bytes` and answers how much; stops after the header, to be told of the
  /// body's limit, and after the request. The rest must come again, with more behind it.
  Result<std::size_t> feed(std::string_view bytes);
  void set_body_limit(std::size_t bytes) { parser_->body_limit(bytes); }

  bool has_started() const { return has_started_; }
  bool has_header() const { return parser_->is_header_done(); }
  bool is_done() const { return parser_->is_done(); }

  // Of a request whose header is there.
  std::optional<std::uint64_t> content_length() const;
  bool wants_continue() const;
  bool keep_alive() const { return parser_->keep_alive(); }
  bool is_http_1_0() const { return version_ == 10; }

  Request request;

 private:
  class Parser;
  // Beast's parser with our storage; it cannot be reset, so it is built anew in place.
  class Parser : public boost::beast::http::basic_parser<true> {
   public:
    explicit Parser(RequestParser& owner) : owner_(owner) {}
    using Beast = boost::beast::http::basic_parser<true>;
    using Error = boost::beast::error_code;
    using View = boost::beast::string_view;
    using Beast::content_length;

   private:
    void on_request_impl(boost::beast::http::verb, View method, View target, int version,
                         Error&) override;
    void on_response_impl(int, View, int, Error&) override {}
    void on_field_impl(boost::beast::http::field, View name, View value, Error&) override;
    void on_header_impl(Error&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, Error&) override {}
    std::size_t on_body_impl(View body, Error&) override;
    void on_chunk_header_impl(std::uint64_t, View, Error&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, View body, Error& error) override;
    void on_finish_impl(Error&) override {}

    RequestParser& owner_;
  };

  Result<> check_header() const;

  std::size_t max_header_bytes_;
  std::optional<Parser> parser_;
  int version_ = 11;
  bool has_started_ = false;
};

/// What feed() fails with becomes this status: 400, 413, 431 or 501.
int status_of_bad_request(const Error& error);

}  // namespace reeve::net
