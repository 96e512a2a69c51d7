#include "json/yaml.hpp"

#include "base/quote.hpp"
#include "base/utf8.hpp"
#include "json/yaml_builder.hpp"

#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>

namespace reeve::json {

namespace {

bool is_unprintable(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F;
}

std::string place(std::string_view text, std::size_t offset) {
  std::string_view before = text.substr(0, offset);
  auto lines = std::ranges::count(before, '\n');
  std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return fmt::format("line {}, column {}", lines + 1, before.size() - line_start + 1);
}

// yaml-cpp guesses at other encodings, and takes the byte 4 for the end of its input.
Result<> check_bytes(std::string_view text, const Limits& limits) {
  if (text.size() > limits.bytes)
    return fail(Errc::too_large, "expected at most {} bytes of YAML, got {}", limits.bytes,
                text.size());
  std::size_t valid = utf8::valid_prefix(text);
  auto control = std::ranges::find_if(text, is_unprintable);
  std::size_t bad = std::min(valid, static_cast<std::size_t>(control - text.begin()));
  if (bad < text.size())
    return fail(Errc::invalid,
                "{}: expected UTF-8 without control characters, got the byte \\x{:02x}",
                place(text, bad), static_cast<unsigned char>(text[bad]));
  return {};
}

}  // namespace

Result<std::vector<Document>> parse_yaml(std::string_view text, const Limits& limits) {
  TRY(check_bytes(text, limits));
  std::istringstream input{std::string(text)};
  YamlBuilder builder(limits);
  try {
    YAML::Parser parser(input);
    while (parser.HandleNextDocument(builder)) builder.end_document();
  } catch (const YamlRefused& refused) {
    return fail(refused.error);
  } catch (const YAML::Exception& problem) {
    return fail(Errc::invalid, "line {}, column {}: expected YAML: {}", problem.mark.line + 1,
                problem.mark.column + 1, problem.msg);
  }
  return builder.take();
}

}  // namespace reeve::json
