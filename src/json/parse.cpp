#include "base/check.hpp"
#include "base/quote.hpp"
#include "base/utf8.hpp"
#include "json/encode.hpp"
#include "json/json.hpp"
#include "json/path.hpp"

#include <boost/json/basic_parser_impl.hpp>

#include <charconv>
#include <cmath>

namespace reeve::json {

namespace {

using ErrorCode = boost::json::error_code;
using Text = boost::json::string_view;

ErrorCode refused() {
  return boost::system::errc::make_error_code(boost::system::errc::invalid_argument);
}

// Builds the value as the parser meets its parts. Boost's own builder lets the last of two equal
// keys win; configuration that says two things must be refused instead.
class Builder {
 public:
  static constexpr std::size_t max_object_size = std::size_t{1} << 30;
  static constexpr std::size_t max_array_size = std::size_t{1} << 30;
  static constexpr std::size_t max_key_size = std::size_t{1} << 30;
  static constexpr std::size_t max_string_size = std::size_t{1} << 30;

  explicit Builder(boost::json::storage_ptr storage)
      : storage_(std::move(storage)), root_(nullptr, storage_) {}

  Value take() { return std::move(root_); }
  const std::string& problem() const { return problem_; }

  /// Where the key that came last stands.
  std::string pointer() const {
    std::string out;
    for (const Value* container : open_) {
      if (container->is_array()) {
        append_step(out, container->get_array().size() - 1);
      } else if (container != open_.back()) {
        append_step(out, (container->get_object().end() - 1)->key());
      }
    }
    append_step(out, std::string_view(key_));
    return out;
  }

  bool on_document_begin(ErrorCode&) { return true; }
  bool on_document_end(ErrorCode&) { return true; }
  bool on_array_begin(ErrorCode& ec) { return open(Value(boost::json::array_kind, storage_), ec); }
  bool on_array_end(std::size_t, ErrorCode&) { return close(); }
  bool on_object_begin(ErrorCode& ec) {
    return open(Value(boost::json::object_kind, storage_), ec);
  }
  bool on_object_end(std::size_t, ErrorCode&) { return close(); }
  bool on_string_part(Text part, std::size_t, ErrorCode&) { return append(text_, part); }
  bool on_string(Text part, std::size_t, ErrorCode& ec) {
    if (text_.empty()) return place(Value(part, storage_), ec) != nullptr;
    append(text_, part);
    bool is_placed = place(Value(Text(text_), storage_), ec) != nullptr;
    text_.clear();
    return is_placed;
  }
  bool on_key_part(Text part, std::size_t, ErrorCode&) { return append(text_, part); }
  bool on_key(Text part, std::size_t, ErrorCode&) {
    append(text_, part);
    key_.swap(text_);
    text_.clear();
    return true;
  }
  bool on_number_part(Text part, ErrorCode&) { return append(text_, part); }
  bool on_int64(std::int64_t number, Text, ErrorCode& ec) { return scalar(number, ec); }
  bool on_uint64(std::uint64_t number, Text, ErrorCode& ec) { return scalar(number, ec); }
  bool on_double(double number, Text part, ErrorCode& ec) {
    append(text_, part);
    // Boost 1.81's own conversion may be off by the last bit.
    auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), number);
    if (error == std::errc() && std::isfinite(number)) return scalar(number, ec);
    if (is_underflow(text_)) return scalar(0.0, ec);
    problem_ = "expected a number that a double can hold, got " + quote(text_);
    ec = refused();
    return false;
  }
  bool on_bool(bool value, ErrorCode& ec) { return scalar(value, ec); }
  bool on_null(ErrorCode& ec) { return scalar(nullptr, ec); }
  bool on_comment_part(Text, ErrorCode&) { return true; }
  bool on_comment(Text, ErrorCode&) { return true; }

 private:
  static bool append(std::string& text, Text part) {
    text.append(part.data(), part.size());
    return true;
  }

  // from_chars says "out of range" for the too large and the too small alike.
  static bool is_underflow(const std::string& text) {
    return std::abs(std::strtod(text.c_str(), nullptr)) < 1;
  }

  template <class T>
  bool scalar(T value, ErrorCode& ec) {
    text_.clear();
    return place(Value(value, storage_), ec) != nullptr;
  }

  bool open(Value container, ErrorCode& ec) {
    Value* placed = place(std::move(container), ec);
    if (placed) open_.push_back(placed);
    return placed != nullptr;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  // Only the innermost open container changes, so the addresses of those around it stay.
  Value* place(Value&& value, ErrorCode& ec) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    if (Array* array = open_.back()->if_array()) {
      array->push_back(std::move(value));
      return &array->back();
    }
    auto [member, is_new] = open_.back()->get_object().emplace(key_, std::move(value));
    if (is_new) return &member->value();
    problem_ = "the key " + quote(key_) + " is given twice";
    ec = refused();
    return nullptr;
  }

  boost::json::storage_ptr storage_;
  Value root_;
  std::vector<Value*> open_;
  std::string key_;
  std::string text_;  // the parts so far of a key, string or number
  std::string problem_;
};

std::string position(std::string_view text, std::size_t offset) {
  std::string_view before = text.substr(0, offset);
  auto lines = std::ranges::count(before, '\n');
  std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return fmt::format("line {}, column {}: ", lines + 1, before.size() - line_start + 1);
}

std::string explain(const ErrorCode& ec, std::string_view rest, const Limits& limits) {
  using boost::json::error;
  if (ec == error::incomplete) return "expected more: the JSON text ends too early";
  if (ec == error::extra_data)
    return fmt::format("expected nothing after the value, got {}", quote(rest.substr(0, 20)));
  if (ec == error::too_deep)
    return fmt::format("expected at most {} levels of arrays and objects", limits.depth);
  if (ec == error::syntax && !rest.empty())
    return fmt::format("expected JSON, got {}", quote(rest.substr(0, 20)));
  return fmt::format("expected JSON: {}", ec.message());
}

Failure parse_failure(std::string_view text, std::size_t offset, const ErrorCode& ec,
                      const Limits& limits) {
  std::size_t valid = utf8::valid_prefix(text);
  if (valid < text.size())
    return fail(Errc::invalid, "{}expected UTF-8, got the byte \\x{:02x}", position(text, valid),
                static_cast<unsigned char>(text[valid]));
  return fail(Errc::invalid, "{}{}", position(text, offset),
              explain(ec, text.substr(offset), limits));
}

}  // namespace

Result<Value> parse(std::string_view text, const Limits& limits, boost::json::storage_ptr storage) {
  if (text.size() > limits.bytes)
    return fail(Errc::too_large, "expected at most {} bytes of JSON, got {}", limits.bytes,
                text.size());
  boost::json::parse_options options;
  options.max_depth = limits.depth;
  boost::json::basic_parser<Builder> parser(options, std::move(storage));
  ErrorCode ec;
  std::size_t used = parser.write_some(false, text.data(), text.size(), ec);
  Builder& builder = parser.handler();
  if (!ec && used < text.size()) ec = boost::json::error::extra_data;
  if (!ec) return builder.take();
  if (!builder.problem().empty())
    return fail_at(builder.pointer(), Errc::invalid, "{}{}", position(text, used),
                   builder.problem());
  return parse_failure(text, used, ec, limits);
}

Value parse_own(std::string_view text) {
  Limits limits{.bytes = text.max_size(), .depth = 1000};
  Result<Value> value = parse(text, limits);
  CHECK(value.has_value());
  return std::move(*value);
}

}  // namespace reeve::json
