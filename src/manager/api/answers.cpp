#include "manager/api/answers.hpp"

#include "base/quote.hpp"

namespace reeve::manager::api {

Error in_use_error(std::string_view what, std::string_view kind,
                   const std::vector<std::string>& users) {
  constexpr std::size_t kMostFaults = 100;
  Error error{
      Errc::in_use,
      fmt::format("{} has {} {}{}, the first is {}; ?cascade=true takes it from them, "
                  "?dry_run=true shows them all",
                  what, users.size(), kind, users.size() == 1 ? "" : "s", quote(users.front())),
      "",
      {}};
  std::string code(to_string(Errc::in_use));
  error.faults.push_back({code, error.what, ""});
  for (const auto& user : users) {
    if (error.faults.size() > kMostFaults) break;
    error.faults.push_back({code, fmt::format("{} {}", kind, quote(user)), ""});
  }
  return error;
}

}  // namespace reeve::manager::api
