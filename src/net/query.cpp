#include "net/query.hpp"

#include "base/quote.hpp"

#include <fmt/core.h>
#include <fmt/format.h>

#include <charconv>

namespace reeve::net {

Query::Query(const Request& request) {
  if (request.query().empty()) return;
  for (auto& [name, value] : request.parameters())
    given_.push_back({std::move(name), std::move(value)});
}

Query::Parameter* Query::find(std::string_view name) {
  asked_.emplace_back(name);
  Parameter* found = nullptr;
  for (auto& parameter : given_) {
    if (parameter.name != name) continue;
    if (found) {
      add_fault(name, "expected the parameter once");
    } else {
      found = &parameter;
    }
    parameter.is_asked = true;
  }
  return found;
}

std::optional<std::string> Query::text(std::string_view name) {
  auto* found = find(name);
  if (!found) return std::nullopt;
  return found->value;
}

bool Query::flag(std::string_view name) {
  auto* found = find(name);
  if (!found) return false;
  if (found->value.empty() || found->value == "true" || found->value == "1") return true;
  if (found->value != "false" && found->value != "0")
    add_fault(name, fmt::format("expected true or false, got {}", quote(found->value)));
  return false;
}

std::uint64_t Query::number(std::string_view name, std::uint64_t low, std::uint64_t high,
                            std::uint64_t otherwise) {
  auto* found = find(name);
  if (!found) return otherwise;
  std::uint64_t number = 0;
  const char* end = found->value.data() + found->value.size();
  auto [stop, ec] = std::from_chars(found->value.data(), end, number);
  if (ec == std::errc() && stop == end && number >= low && number <= high) return number;
  add_fault(name,
            fmt::format("expected a number from {} to {}, got {}", low, high, quote(found->value)));
  return otherwise;
}

void Query::add_fault(std::string_view name, std::string message) {
  faults_.push_back(
      {std::string(to_string(Errc::invalid)), std::move(message), fmt::format("?{}", name)});
}

Result<> Query::check() {
  constexpr std::size_t kMost = 100;
  for (const auto& parameter : given_) {
    if (parameter.is_asked || faults_.size() >= kMost) continue;
    auto hint = asked_.empty() ? std::string("this route takes none")
                               : fmt::format("expected one of {}", fmt::join(asked_, ", "));
    add_fault(parameter.name.substr(0, 64),
              fmt::format("unknown parameter {}; {}", quote(parameter.name), hint));
  }
  if (faults_.empty()) return {};
  return fail(error_of(std::move(faults_)));
}

}  // namespace reeve::net
