// What a node says of its files beside whether they are there: how the programs fared that it ran
// after a change, and what somebody else did to the files. Facts of the moment, never stored by the
// manager.
#pragma once

#include "base/time.hpp"
#include "json/codec.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace reeve::model {

/// The last run of one output's `on_change`. It went well if there is neither `signal` nor `error`
/// and `exit_code` is 0.
struct HookRun {
  static constexpr std::size_t kMostOutput = 4096;

  std::string file;  // its path
  std::vector<std::string> argv;
  std::optional<int> exit_code{};
  std::optional<int> signal{};         // that ended it
  std::optional<std::string> error{};  // why it did not run, or was ended
  std::string output;                  // the last kMostOutput bytes of what it printed
  std::optional<WallTime> ended{};     // never, if it is not allowed to run
  json::Object unknown{};

  bool is_well() const { return !signal && !error && exit_code == 0; }
  bool operator==(const HookRun&) const = default;
};
BOOST_DESCRIBE_STRUCT(HookRun, (), (file, argv, exit_code, signal, error, output, ended))

/// The last time that a file of Reeve's was found changed or gone.
struct FileDrift {
  std::string path;
  WallTime at{};
  bool repaired = false;
  std::optional<std::string> note{};  // where it is left alone for a while
  json::Object unknown{};

  bool operator==(const FileDrift&) const = default;
};
BOOST_DESCRIBE_STRUCT(FileDrift, (), (path, at, repaired, note))

}  // namespace reeve::model
