// What a manager asks of a process' output. The stream is a LogHead on a line of its own, then the
// bytes as they were written.
#pragma once

#include "base/time.hpp"
#include "json/codec.hpp"
#include "model/process.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace reeve::link {

/// Its arguments are a LogCall.
inline constexpr const char* kLogCall = "log";

struct LogCall {
  std::string program;  // uid
  std::string process;
  model::OutputStream stream = model::OutputStream::out;
  std::optional<std::uint64_t> tail{};  // the last lines; all if not given
  std::optional<WallTime> since{};      // what came at this time or later
  bool follow = false;                  // goes on with what comes, until it is cancelled
  bool timestamps = false;              // before each line
  json::Object unknown{};
};
BOOST_DESCRIBE_STRUCT(LogCall, (), (program, process, stream, tail, since, follow, timestamps))

constexpr auto rules(const LogCall*) {
  return std::array{json::field("program").required(), json::field("process").required()};
}

struct LogHead {
  std::string file;
  json::Object unknown{};
};
BOOST_DESCRIBE_STRUCT(LogHead, (), (file))

}  // namespace reeve::link
