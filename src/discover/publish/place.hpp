// Where an output goes on this node: the node's own publish roots have the last word, whatever the
// manager asks for. Pure; any thread. Symlinks are the writer's matter (folders.hpp).
#pragma once

#include "base/result.hpp"
#include "model/subscription.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace reeve::discover {

/// The name under which a file that Reeve did not write is kept.
inline constexpr std::string_view kBeforeReeve = ".before-reeve";

struct Place {
  std::size_t root = 0;              // of the roots given
  std::vector<std::string> folders;  // from the root on
  std::string name;
  std::string path;  // of it all, for people and as the key of what was written

  /// The path without the name: two places with one folder share its flush.
  std::string folder() const { return path.substr(0, path.size() - name.size()); }
};

/// An absolute path without ".", ".." and empty parts: "/a//b/./c/" is {"a", "b", "c"}.
Result<std::vector<std::string>> split_path(std::string_view path);

/// `{service}` in the path stands for the service's name; without a path it is
/// <first root>/{service}.conf. Of several roots that hold it the innermost counts.
Result<Place> place(const model::Output& output, const std::string& service,
                    const std::vector<std::string>& roots);

/// "0644" → 0644
Result<unsigned> parse_mode(const std::string& text);

}  // namespace reeve::discover
