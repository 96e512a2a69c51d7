// What a command has to say when it is done, once for programs and once for people. A plain value.
#pragma once

#include "json/json.hpp"

#include <string>

namespace reeve::cli {

struct Answer {
  json::Value json;         // with --json all of stdout; null if that is printed already
  std::string text;         // else this; whole lines, or nothing
  bool has_failed = false;  // an answer, but exit code 1: an operation that failed on a target
};

}  // namespace reeve::cli
