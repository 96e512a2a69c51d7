// The log façade: one event name and its fields per line. spdlog stays hidden in log.cpp. Any
// thread; lines are written whole.
//   log::info("agent connected", {{"node", name}, {"version", 42}});
#pragma once

#include <fmt/core.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace reeve::log {

enum class Level { debug, info, warning, error };
enum class Format { text, json };

/// A field of a log line; numbers and booleans keep their type in JSON.
struct Field {
  std::string_view key;
  std::string value;
  bool quoted;

  template <class T>
  Field(std::string_view name, const T& v)
      : key(name), value(fmt::format("{}", v)), quoted(!std::is_arithmetic_v<T>) {}
};

/// Sends the log to standard error in this form, from this level on. Call once at start, before
/// other threads; without it warnings and errors go to standard error as text.
void set_up(Level lowest, Format format);

/// Writes out what is queued; before exit.
void flush();

void write(Level level, std::string_view event, std::initializer_list<Field> fields);

inline void debug(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::debug, event, fields);
}
inline void info(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::info, event, fields);
}
inline void warning(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::warning, event, fields);
}
inline void error(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::error, event, fields);
}

}  // namespace reeve::log
