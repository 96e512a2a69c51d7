// The options of a sub-program: `--name value` pairs, nothing else. Read once by main().
#pragma once

#include "base/result.hpp"

#include <map>
#include <string>

namespace reeve::bench {

class Options {
 public:
  /// What follows the sub-program's name.
  static Result<Options> parse(int count, char** arguments);

  Result<std::string> text(const std::string& name) const;
  Result<std::size_t> number(const std::string& name) const;
  std::size_t number_or(const std::string& name, std::size_t otherwise) const;

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace reeve::bench
