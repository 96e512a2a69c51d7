// The command of a program or job: its arguments, run without a shell, or, where a shell was asked
// for, one line. JSON and YAML write the first as an array and the second as a string; a string
// without a shell is split into its arguments before it is stored.
#pragma once

#include "base/result.hpp"
#include "json/codec.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace reeve::model {

/// Bytes of all arguments or of the line.
inline constexpr std::size_t kLongestCommand = 64 << 10;
inline constexpr std::size_t kMostArguments = 1024;

/// One of the two holds something, unless nothing was said.
struct Command {
  std::vector<std::string> arguments{};
  std::string line{};

  bool empty() const { return arguments.empty() && line.empty(); }
  bool operator==(const Command&) const = default;
};

void read_form(json::Reader& reader, const json::Value& value, Command& out,
               const json::FieldRules& rules, const json::Path& path);
void write_form(std::string& out, const Command& command);
json::Object form_schema(const Command*);

/// The arguments of a line as a shell would split it at blanks and quotes. `invalid` for a quote or
/// backslash that ends nothing, for nothing, and for what only a shell understands: | < > & ; $ and
/// the backquote outside quotes, with `way_out` as what to do instead: "say shell: true".
Result<std::vector<std::string>> split_command(std::string_view line, std::string_view way_out);

/// Says what is wrong with it where `shell` says how it is run.
void check_command(const Command& command, bool shell, json::Faults& faults,
                   const json::Path& path);

/// A line that needs no shell becomes its arguments. Only of a command that check_command() let
/// through.
void split_if_line(Command& command, bool shell);

/// The words as a person would type them.
std::string to_line(const Command& command);

}  // namespace reeve::model
