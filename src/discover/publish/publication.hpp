// Publication: the files that one list becomes on this node, worked out but not yet written. Pure;
// any thread.
#pragma once

#include "discover/publish/place.hpp"
#include "model/list.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reeve::discover {

/// What tells one file's text from another's, for example SHA-256.
using Digest = std::function<std::string(std::string_view text)>;

struct PlannedFile {
  Place place;
  std::string text;
  std::string digest;  // of the text
  unsigned mode = 0644;
  std::optional<std::string> owner{};  // "user" or "user:group"; else as the agent itself
  /// Where somebody changed or removed what Reeve last wrote there, it is left so.
  bool keeps_drift = false;
  /// Digests of what Reeve may have left at the path; a file with another was somebody else's. An
  /// empty one among them: Reeve may not have written there yet.
  std::vector<std::string> own;
};

struct Publication {
  std::string service;  // uid
  /// The files are to go: of what stands at their places, what Reeve wrote (PlannedFile::own).
  bool is_removal = false;
  std::vector<PlannedFile> files;
  std::optional<std::string> error;  // of outputs that have no place here
};

/// All outputs of the list that may be written here; two that lead to one file are a fault.
Publication plan_files(const model::ServiceList& list, const std::vector<std::string>& roots,
                       const Digest& digest);

}  // namespace reeve::discover
