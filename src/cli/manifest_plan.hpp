// What applying manifests would change, object by object: what `reeve diff` prints, and what
// `reeve apply` does. Only reads from the manager. One thread, the client's.
#pragma once

#include "cli/client.hpp"
#include "cli/difference.hpp"
#include "cli/manifest.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace reeve::cli {

enum class Outcome { created, changed, unchanged, deleted };
BOOST_DESCRIBE_ENUM(Outcome, created, changed, unchanged, deleted)

/// Where an object is in its history; equal before and after means that nothing was changed.
struct Mark {
  std::uint64_t revision = 0;
  std::uint64_t version = 0;
  bool operator==(const Mark&) const = default;
};
BOOST_DESCRIBE_STRUCT(Mark, (), (revision, version))

struct PlannedObject {
  std::string kind;
  std::string name;
  Outcome outcome = Outcome::unchanged;
  std::vector<DifferenceLine> lines{};
  json::Object fields{};               // to set
  std::optional<Mark> before{};        // nothing if it is not there
  std::vector<std::string> used_by{};  // of one that is deleted
};

using Plan = std::vector<PlannedObject>;

/// With `prunes` also the objects of the manifests' sets that no manifest names.
Result<Plan> make_plan(Client& client, const Manifests& manifests, bool prunes);

/// Each object that changes with its lines, and "nothing would change" where none does.
std::string plan_text(const Plan& plan, const Terminal& terminal);

json::Value plan_json(const Plan& plan);

bool changes_something(const Plan& plan);

/// The fields of a service that a manifest sets, beside those of the service that is there: one
/// line for each field, instance and subscription that differs. Pure.
std::vector<DifferenceLine> service_differences(const json::Object& before,
                                                const json::Object& fields);

}  // namespace reeve::cli
