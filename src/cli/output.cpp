#include "cli/output.hpp"

#include "cli/terminal/terminal.hpp"

#include <cstdio>

namespace reeve::cli {

namespace {

json::Value field_value(const std::string& field) {
  return field.empty() ? json::Value() : json::Value(field);
}

std::string line_of(std::string_view message, std::string_view field) {
  std::string line = printable(message);
  // Faults in a manifest say their line and column already.
  if (!field.empty() && !message.starts_with("line ")) line += " (" + printable(field) + ")";
  return line + "\n";
}

}  // namespace

json::Value error_document(const Error& error) {
  json::Array faults;
  for (const Fault& fault : error.faults)
    faults.push_back(json::Object{
        {"code", fault.code}, {"message", fault.message}, {"field", field_value(fault.field)}});
  return json::Object{{"error", json::Object{{"code", to_string(error.code)},
                                             {"message", error.what},
                                             {"field", field_value(error.field)},
                                             {"faults", std::move(faults)}}}};
}

std::string error_text(const Error& error) {
  std::string text = "reeve: " + line_of(error.what, error.field);
  for (std::size_t i = 1; i < error.faults.size(); ++i)
    text += "       " + line_of(error.faults[i].message, error.faults[i].field);
  return text;
}

bool print(std::string_view text) {
  bool is_written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (is_written && std::fflush(stdout) == 0) return true;
  std::perror("reeve: write the answer");
  return false;
}

void print_error(const Error& error, bool as_json) {
  if (as_json) {
    // A failure to print it is said by print(); the exit code is that of the error either way.
    print(json::serialize_pretty(error_document(error)));
    return;
  }
  std::fputs(error_text(error).c_str(), stderr);
}

}  // namespace reeve::cli
