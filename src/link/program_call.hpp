// What a manager asks of a node's processes: start, stop, restart, signal. The stream has a line of
// JSON for each process, as soon as it is where it was wanted or has failed to get there.
#pragma once

#include "base/time.hpp"
#include "json/codec.hpp"
#include "model/program.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace reeve::link {

/// Its arguments are a ProgramCall; each line of its stream is a ProcessOutcome.
inline constexpr const char* kProgramCall = "program";

struct ProgramCall {
  std::string program;  // uid
  /// The definition that the manager had when it was asked: the agent waits for it, or a later one,
  /// so that what is said after an edit is done after it. 0: as it is.
  std::uint64_t epoch = 0;
  std::uint64_t version = 0;
  model::Verb verb = model::Verb::start;
  std::optional<std::vector<std::string>> processes{};  // all of the program if not given
  model::Signal signal{};                               // of Verb::signal
  Duration limit = std::chrono::seconds(60);            // for each process
  json::Object unknown{};
};
BOOST_DESCRIBE_STRUCT(ProgramCall, (), (program, epoch, version, verb, processes, signal, limit))

constexpr auto rules(const ProgramCall*) {
  return std::array{json::field("program").required(), json::field("verb").required()};
}

struct ProcessOutcome {
  std::string process;
  std::optional<std::string> error{};
  json::Object unknown{};
};
BOOST_DESCRIBE_STRUCT(ProcessOutcome, (), (process, error))

}  // namespace reeve::link
