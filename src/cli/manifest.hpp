// Manifests: what `reeve apply` reads. YAML or JSON, several documents a file, each `kind: service`
// with the noun's fields beside it; read by the API's own types, strictly, with line and column in
// every fault. Pure functions; any thread.
#pragma once

#include "base/result.hpp"
#include "json/json.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace reeve::cli {

struct Manifest {
  std::string kind;
  std::string name;
  /// The fields that the manifest names, with the types that the API expects; null where the
  /// manifest says so. What it does not name is not here.
  json::Object fields;
};

struct Manifests {
  std::vector<Manifest> items;
  /// The sets that documents say they belong to. One with `set` alone states a set that may be
  /// empty.
  std::set<std::string> sets;
};

/// All documents of the text, or all of its faults. Without a `default_kind` each must say its
/// kind; with one, no other is accepted.
Result<Manifests> read_manifests(std::string_view text,
                                 std::optional<std::string_view> default_kind = {});

}  // namespace reeve::cli
