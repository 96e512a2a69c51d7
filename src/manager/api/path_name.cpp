#include "manager/api/path_name.hpp"

#include "base/quote.hpp"
#include "json/path.hpp"
#include "model/name.hpp"

#include <fmt/format.h>

namespace reeve::manager::api {

Result<> check_names(const std::string& in_path, const std::optional<std::string>& in_body) {
  json::Faults faults;
  json::Path root;
  model::check_name(in_path, faults, root / "name");
  if (faults.empty() && in_body && model::fold(*in_body) != model::fold(in_path))
    faults.add(root / "name", fmt::format("expected {}, the name in the path, got {}",
                                          quote(in_path), quote(*in_body)));
  if (faults.empty()) return {};
  return fail(error_of(faults.take()));
}

}  // namespace reeve::manager::api
