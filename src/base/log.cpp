#include "base/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>

namespace reeve::log {
namespace {

std::atomic<Format> output_format{Format::text};

const char* pattern_of(Format format) {
  return format == Format::json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l",%v})"
                                : "%Y-%m-%dT%H:%M:%S.%e%z %-5l %v";
}

spdlog::logger& sink() {
  // Leaked on purpose: threads may log until the very end of the process.
  static auto* logger = [] {
    auto* made = new spdlog::logger("reeve", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_level(spdlog::level::warn);
    made->set_pattern(pattern_of(Format::text));
    made->flush_on(spdlog::level::info);
    return made;
  }();
  return *logger;
}

spdlog::level::level_enum level_of(Level level) {
  switch (level) {
    case Level::debug: return spdlog::level::debug;
    case Level::info: return spdlog::level::info;
    case Level::warning: return spdlog::level::warn;
    case Level::error: return spdlog::level::err;
  }
  return spdlog::level::err;
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
  out += '"';
}

bool needs_quotes(std::string_view text) {
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7f || c == '"' || c == '=') return true;
  }
  return text.empty();
}

std::string as_text(std::string_view event, std::initializer_list<Field> fields) {
  std::string line(event);
  for (const auto& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    if (needs_quotes(field.value))
      append_quoted(line, field.value);
    else
      line += field.value;
  }
  return line;
}

std::string as_json(std::string_view event, std::initializer_list<Field> fields) {
  std::string line = "\"event\":";
  append_quoted(line, event);
  for (const auto& field : fields) {
    line += ',';
    append_quoted(line, field.key);
    line += ':';
    if (field.quoted)
      append_quoted(line, field.value);
    else
      line += field.value;
  }
  return line;
}

}  // namespace

void set_up(Level lowest, Format format) {
  output_format = format;
  sink().set_level(level_of(lowest));
  sink().set_pattern(pattern_of(format));
}

void flush() { sink().flush(); }

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
  auto at = level_of(level);
  if (!sink().should_log(at)) return;
  sink().log(at, output_format == Format::json ? as_json(event, fields) : as_text(event, fields));
}

}  // namespace reeve::log
