#include "base/duration.hpp"
#include "base/time_text.hpp"
#include "base/utf8.hpp"
#include "json/encode.hpp"
#include "json/json.hpp"

#include <charconv>
#include <cmath>

namespace reeve::json {

namespace {

bool needs_care(char c) {
  auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte >= 0x80 || c == '"' || c == '\\';
}

void write_escape(std::string& out, char c) {
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
  }
}

template <class T>
void write_digits(std::string& out, T number) {
  char buffer[32];
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, number);
  out.append(buffer, end);
}

std::string_view view(const boost::json::string& text) { return {text.data(), text.size()}; }
std::string_view key_of(const boost::json::key_value_pair& member) {
  return {member.key().data(), member.key().size()};
}

void write_array(std::string& out, const Array& array) {
  out += '[';
  bool first = true;
  for (const Value& element : array) {
    if (!first) out += ',';
    first = false;
    write_free(out, element);
  }
  out += ']';
}

class Pretty {
 public:
  explicit Pretty(std::string& out) : out_(out) {}

  void write(const Value& value) {
    if (value.is_object() && !value.get_object().empty()) {
      write_object(value.get_object());
    } else if (value.is_array() && !value.get_array().empty()) {
      write_array(value.get_array());
    } else {
      write_free(out_, value);
    }
  }

 private:
  void write_object(const Object& object) {
    begin('{');
    for (const auto& member : object) {
      next(&member != &*object.begin());
      write_string(out_, key_of(member));
      out_ += ": ";
      write(member.value());
    }
    end('}');
  }

  void write_array(const Array& array) {
    begin('[');
    for (const Value& element : array) {
      next(&element != &array.front());
      write(element);
    }
    end(']');
  }

  void begin(char bracket) {
    out_ += bracket;
    indent_ += 2;
  }
  void next(bool is_further) {
    if (is_further) out_ += ',';
    out_ += '\n';
    out_.append(indent_, ' ');
  }
  void end(char bracket) {
    indent_ -= 2;
    next(false);
    out_ += bracket;
  }

  std::string& out_;
  std::size_t indent_ = 0;
};

}  // namespace

void write_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t start = at;
    while (at < text.size() && !needs_care(text[at])) ++at;
    out.append(text, start, at - start);
    if (at == text.size()) break;
    std::size_t length = utf8::first_length(text.substr(at));
    if (length == 1) {
      write_escape(out, text[at]);
    } else if (length == 0) {
      out += "\xEF\xBF\xBD";  // U+FFFD: JSON cannot hold the byte itself
    } else {
      out.append(text, at, length);
    }
    at += length == 0 ? 1 : length;
  }
  out += '"';
}

void write_integer(std::string& out, std::int64_t number) { write_digits(out, number); }
void write_natural(std::string& out, std::uint64_t number) { write_digits(out, number); }

void write_number(std::string& out, double number) {
  if (!std::isfinite(number)) {
    out += "null";
    return;
  }
  std::size_t start = out.size();
  write_digits(out, number);
  // What was a double shall be read as one.
  if (out.find_first_of(".e", start) == out.npos) out += ".0";
}

void write_duration(std::string& out, Duration duration) {
  out += '"';
  out += format_duration(duration);
  out += '"';
}

void write_time(std::string& out, WallTime time) {
  out += '"';
  out += format_time(time);
  out += '"';
}

void write_free(std::string& out, const Value& value) {
  switch (value.kind()) {
    case boost::json::kind::null: out += "null"; return;
    case boost::json::kind::bool_: out += value.get_bool() ? "true" : "false"; return;
    case boost::json::kind::int64: return write_integer(out, value.get_int64());
    case boost::json::kind::uint64: return write_natural(out, value.get_uint64());
    case boost::json::kind::double_: return write_number(out, value.get_double());
    case boost::json::kind::string: return write_string(out, view(value.get_string()));
    case boost::json::kind::array: return write_array(out, value.get_array());
    case boost::json::kind::object: return write_free(out, value.get_object());
  }
}

void write_free(std::string& out, const Object& object) {
  out += '{';
  bool first = true;
  write_members(out, object, first);
  out += '}';
}

void write_fingerprint(std::string& out, std::string_view secret, const Secrets& secrets) {
  if (secret.empty()) {
    out += "\"\"";
    return;
  }
  out += "{\"fingerprint\":";
  write_string(out, secrets.fingerprint(secret));
  out += '}';
}

void write_key(std::string& out, std::string_view key, bool& first) {
  if (!first) out += ',';
  first = false;
  write_string(out, key);
  out += ':';
}

void write_members(std::string& out, const Object& object, bool& first) {
  for (const auto& member : object) {
    write_key(out, key_of(member), first);
    write_free(out, member.value());
  }
}

std::string serialize(const Value& value) {
  std::string out;
  write_free(out, value);
  return out;
}

std::string serialize_pretty(const Value& value) {
  std::string out;
  Pretty(out).write(value);
  return out + '\n';
}

}  // namespace reeve::json
