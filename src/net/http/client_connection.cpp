#include "net/http/client_connection.hpp"

#include "base/version.hpp"
#include "net/http/beast_quirks.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <utility>

namespace reeve::net {
namespace http = boost::beast::http;

namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::uint32_t kMaxHeaderBytes = 64 * 1024;

Result<> broken(const ErrorCode& error) {
  if (error == asio::error::operation_aborted) return fail(Errc::cancelled, "cancelled");
  return fail(Errc::unavailable, "the connection broke: {}", sentence(error));
}

}  // namespace

class ClientConnection::Parser final : public http::basic_parser<false> {
 public:
  using View = boost::beast::string_view;
  using Failure = boost::beast::error_code;

  int status = 0;
  Headers headers;
  std::string body;  // what came and was not read

 private:
  void on_request_impl(http::verb, View, View, int, Failure&) override {}
  void on_response_impl(int code, View, int, Failure&) override { status = code; }
  void on_field_impl(http::field, View name, View value, Failure&) override {
    headers.add({name.data(), name.size()}, {value.data(), value.size()});
  }
  void on_header_impl(Failure&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Failure&) override {}
  std::size_t on_body_impl(View part, Failure&) override {
    body.append(part.data(), part.size());
    return part.size();
  }
  void on_chunk_header_impl(std::uint64_t, View, Failure&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, View part, Failure& error) override {
    return on_body_impl(part, error);
  }
  void on_finish_impl(Failure&) override {}
};

ClientConnection::ClientConnection(Stream stream, std::string host, std::size_t max_body_bytes)
    : stream_(std::move(stream)), host_(std::move(host)), max_body_bytes_(max_body_bytes) {}

ClientConnection::~ClientConnection() { stream_.close(); }

int ClientConnection::status() const { return parser_->status; }
const Headers& ClientConnection::headers() const { return parser_->headers; }

bool ClientConnection::can_stay() const {
  return parser_->is_done() && parser_->keep_alive() && input_.empty();
}

std::string ClientConnection::head_of(const ClientRequest& request) const {
  std::string head = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: reeve/{}\r\n",
                                 to_string(request.method), request.target, host_, version());
  bool has_body = !request.body.empty() || request.method == Method::post ||
                  request.method == Method::put || request.method == Method::patch;
  if (has_body) head += fmt::format("Content-Length: {}\r\n", request.body.size());
  for (std::size_t i = 0; i < request.headers.size(); ++i)
    head += fmt::format("{}: {}\r\n", request.headers[i].first, request.headers[i].second);
  head += "\r\n";
  return head;
}

Task<Result<>> ClientConnection::exchange(ClientRequest request) {
  parser_ = std::make_unique<Parser>();
  parser_->eager(true);
  parser_->skip(request.method == Method::head);
  parser_->header_limit(kMaxHeaderBytes);
  parser_->body_limit(boost::none);
  was_closed_before_answer_ = false;
  sending_ = head_of(request) + request.body;
  auto result = co_await asio::async_write(stream_, asio::buffer(sending_), kAwait);
  auto& [error, sent] = result;
  // A server that refuses a body answers before it has read it all: look for that answer.
  if (error == asio::error::operation_aborted) co_return broken(error);
  bool was_sent = !error;
  while (!parser_->is_header_done()) {
    auto more = co_await read_more();
    if (more) continue;
    bool is_silent = !parser_->got_some() && input_.empty();
    was_closed_before_answer_ = is_silent && more.error().code == Errc::unavailable;
    co_return was_sent ? std::move(more) : broken(error);
  }
  co_return Result<>();
}

Task<Result<>> ClientConnection::read_more() {
  auto result = co_await stream_.async_read_some(input_.space(Input::kSmall * 8), kAwait);
  auto& [error, got] = result;
  if (error == asio::error::eof && parser_->got_some() && !parser_->is_done()) {
    boost::beast::error_code cut_short;
    parser_->put_eof(cut_short);
    if (!cut_short) co_return Result<>();
  }
  if (error) co_return broken(error);
  input_.commit(got);
  co_return parse();
}

Result<> ClientConnection::parse() {
  while (!input_.empty() && !parser_->is_done() && !must_wait_for_chunk(*parser_, input_.size())) {
    boost::beast::error_code error;
    auto bytes = input_.view();
    auto used = parser_->put(asio::buffer(bytes.data(), bytes.size()), error);
    input_.consume(used);
    if (error == http::error::need_more) break;
    if (error) return fail(Errc::unavailable, "the answer is not HTTP: {}", error.message());
    if (parser_->body.size() > max_body_bytes_)
      return fail(Errc::too_large, "the answer has more than {} bytes", max_body_bytes_);
    // 100 Continue and its like come before the answer.
    if (parser_->is_done() && parser_->status >= 100 && parser_->status < 200) {
      parser_ = std::make_unique<Parser>();
      parser_->eager(true);
      parser_->header_limit(kMaxHeaderBytes);
      parser_->body_limit(boost::none);
    }
  }
  return {};
}

Task<Result<std::optional<std::string>>> ClientConnection::read_line() {
  for (;;) {
    auto end = parser_->body.find('\n');
    if (end != std::string::npos) {
      auto line = parser_->body.substr(0, end);
      parser_->body.erase(0, end + 1);
      if (line.ends_with('\r')) line.pop_back();
      co_return line;
    }
    if (parser_->is_done()) {
      if (parser_->body.empty()) co_return std::nullopt;
      co_return std::exchange(parser_->body, {});
    }
    CO_TRY(co_await read_more());
  }
}

Task<Result<std::optional<std::string>>> ClientConnection::read_part() {
  while (parser_->body.empty() && !parser_->is_done()) CO_TRY(co_await read_more());
  if (parser_->body.empty()) co_return std::nullopt;
  co_return std::exchange(parser_->body, {});
}

Task<Result<std::string>> ClientConnection::read_rest() {
  while (!parser_->is_done()) CO_TRY(co_await read_more());
  co_return std::exchange(parser_->body, {});
}

}  // namespace reeve::net
