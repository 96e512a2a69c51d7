// The query parameters of a request, read by name with every fault found: a value that cannot be
// read, and a parameter that nobody asked for. Belongs to one handler call; any thread.
//   Query query(request);
//   bool force = query.flag("force");
//   TRY(query.check());
#pragma once

#include "net/http.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reeve::net {

class Query {
 public:
  explicit Query(const Request& request);

  /// Nothing if it was not given.
  std::optional<std::string> text(std::string_view name);
  /// "true", "1" or nothing after the name; "false" or "0".
  bool flag(std::string_view name);
  std::uint64_t number(std::string_view name, std::uint64_t low, std::uint64_t high,
                       std::uint64_t otherwise);
  void add_fault(std::string_view name, std::string message);

  /// After all parameters were asked for: what is wrong with them, and those left over.
  Result<> check();

 private:
  struct Parameter {
    std::string name, value;
    bool is_asked = false;
  };
  Parameter* find(std::string_view name);

  std::vector<Parameter> given_;
  std::vector<std::string> asked_;
  std::vector<Fault> faults_;
};

}  // namespace reeve::net
