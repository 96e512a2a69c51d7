#include "reeve_bench/options.hpp"

#include <charconv>

namespace reeve::bench {

Result<Options> Options::parse(int count, char** arguments) {
  Options options;
  for (int i = 0; i < count; i += 2) {
    std::string name = arguments[i];
    if (!name.starts_with("--") || i + 1 == count)
      return fail(Errc::invalid, "expected pairs of --name and value, got \"{}\"", name);
    options.values_[name.substr(2)] = arguments[i + 1];
  }
  return options;
}

Result<std::string> Options::text(const std::string& name) const {
  auto found = values_.find(name);
  if (found == values_.end()) return fail(Errc::invalid, "--{} is missing", name);
  return found->second;
}

Result<std::size_t> Options::number(const std::string& name) const {
  TRY_ASSIGN(auto written, text(name));
  std::size_t value = 0;
  const char* last = written.data() + written.size();
  auto [end, ec] = std::from_chars(written.data(), last, value);
  if (ec != std::errc() || end != last)
    return fail(Errc::invalid, "--{} expects a number, got \"{}\"", name, written);
  return value;
}

std::size_t Options::number_or(const std::string& name, std::size_t otherwise) const {
  return number(name).value_or(otherwise);
}

}  // namespace reeve::bench
