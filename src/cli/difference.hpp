// Differences as people read them: a line each with +, - or ~ before it, in colours where there are
// colours. Pure functions; any thread.
#pragma once

#include "cli/terminal/terminal.hpp"
#include "json/json.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace reeve::cli {

enum class Change { added, removed, changed };

struct DifferenceLine {
  Change change = Change::changed;
  std::string text;
};

/// "  + 10.0.0.1:80 weight=100", one line each.
std::string difference_text(const std::vector<DifferenceLine>& lines, const Terminal& terminal);

/// "10.0.0.1:80", of anything with ip and port.
std::string instance_name(const json::Object& instance);

/// An instance in one line: its name, and of the fields that say something "weight=50 idc=bj".
std::string instance_text(const json::Object& instance);

/// The fields that differ: "weight 100 → 50, labels.idc bj → -". Only those of `after` if
/// `only_named`: what it does not name stays as it is.
std::string fields_text(const json::Object& before, const json::Object& after, bool only_named);

/// Two lists of instances, by their names. Order means nothing.
std::vector<DifferenceLine> instance_differences(const json::Array& before,
                                                 const json::Array& after);

/// A value in few words: text without its quotes, "-" for none.
std::string value_text(const json::Value& value);

}  // namespace reeve::cli
