// How an outcome leaves the program: answers on stdout, errors as sentences on stderr, and with
// --json one document on stdout either way. Pure functions but for the two that print.
#pragma once

#include "base/error.hpp"
#include "cli/answer.hpp"

#include <string>
#include <string_view>

namespace reeve::cli {

enum class Exit { ok = 0, failed = 1, misused = 2, interrupted = 130 };

/// {"error": {"code", "message", "field", "faults"}}, as the API has it.
json::Value error_document(const Error& error);

/// "reeve: …", and each further fault on a line of its own.
std::string error_text(const Error& error);

/// False, with a word on stderr, when stdout takes nothing.
bool print(std::string_view text);
void print_error(const Error& error, bool as_json);

}  // namespace reeve::cli
