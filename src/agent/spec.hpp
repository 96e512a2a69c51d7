// The spec: what this node shall have, and the rules by which a new one replaces it. The decision
// is a pure function; the domain loop owns the value.
#pragma once

#include "base/result.hpp"
#include "link/messages.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace reeve::agent {

/// path → digests of what Reeve may have left there: the file as last written, and what it was
/// about to become. Anything else was put there by somebody else. "" among them, as the first:
/// Reeve may not have written there at all.
using OwnFiles = std::map<std::string, std::vector<std::string>>;

struct HeldList {
  std::string digest;  // the manager's, of the list as it sent it
  std::shared_ptr<const model::ServiceList> list;
  OwnFiles files;
  json::Object unknown{};  // of its file on disk, from another version
  /// path → digest of the text for which the output's `on_change` last went well, for those outputs
  /// that have one; "" where it has not.
  std::map<std::string, std::string> hooked{};
};

/// A list or program that this build cannot understand: the node goes on with the one that it has.
struct Refused {
  std::string digest;
  std::string error;
};

struct HeldProgram {
  std::string digest;  // the manager's, of the program as it sent it
  std::shared_ptr<const model::PlacedProgram> program;
  json::Object unknown{};  // of its file on disk, from another version
};

struct HeldSpec {
  std::string cluster;
  std::uint64_t epoch = 0;
  std::uint64_t version = 0;
  std::map<std::string, HeldList> lists;  // by service uid
  OwnFiles left_behind;                   // of lists that are gone
  json::Object unknown;
  std::map<std::string, Refused> refused{};       // by service uid; of this life, not kept
  std::map<std::string, HeldProgram> programs{};  // by uid
  std::map<std::string, Refused> refused_programs{};
};

/// As link::spec_digest; "" for an empty spec. What was refused counts as it came: what cannot be
/// understood is not to be sent again and again.
std::string digest_of(const HeldSpec& spec);

/// What taking a spec in means.
struct SpecChange {
  std::uint64_t epoch = 0;
  std::uint64_t version = 0;
  std::vector<link::Upsert> upserts;            // lists that are new or other than held
  std::vector<std::string> removals;            // uids of lists that are held and go
  std::vector<link::ListWord> refusals;         // lists that stay as they are, with the reason
  bool is_nothing = false;                      // not even the version moves
  std::map<std::string, Refused> refused{};     // by uid: those that are not understood
  std::vector<link::ProgramUpsert> programs{};  // that are new or other than held
  std::vector<std::string> gone_programs{};     // uids of programs that are held and go
  std::vector<link::ProgramWord> program_refusals{};
  std::map<std::string, Refused> refused_programs{};
};

/// (cluster, epoch, version) only rises, of the whole as of each list and program: another
/// cluster's spec is `forbidden`, an older one `stale`. The same again is fine.
Result<SpecChange> work_out(const HeldSpec& held, const std::string& cluster, link::Spec spec);

}  // namespace reeve::agent
