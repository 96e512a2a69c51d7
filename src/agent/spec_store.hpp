// The spec on the node's disk: one file for each list and program and a head (paths.hpp), so that a
// small delta writes little. Power-cut safe: every file appears whole by rename, and what save()
// has answered is durable. The functions block: for the pool, one call at a time.
//
// The spec is saved before files are published, never after. Killed between the two, the agent
// starts with the new spec and old files, and publishes forward. The other way round it would start
// with the old spec beside new files, and put the old list back. A save cut short leaves some lists
// newer than others, each whole; the digest in the next hello then is not the manager's, and the
// whole spec comes.
#pragma once

#include "agent/paths.hpp"
#include "agent/spec.hpp"
#include "base/result.hpp"
#include "sys/files.hpp"

#include <map>
#include <string>
#include <vector>

namespace reeve::agent {

/// What becomes another on the disk.
struct SpecSave {
  std::uint64_t epoch = 0;
  std::uint64_t version = 0;
  std::map<std::string, HeldList> upserts;        // by service uid
  std::vector<std::string> removals;              // uids of lists and programs
  OwnFiles left_behind;                           // of all lists that are gone, these too
  json::Object unknown;                           // of the head
  std::map<std::string, HeldProgram> programs{};  // by uid
};

class SpecStore {
 public:
  /// `files` must outlive this.
  SpecStore(sys::Files& files, Paths paths, std::string cluster);

  /// What stands there, or an empty spec; makes the folder. What is damaged or of another cluster
  /// is set aside with a line in the log: the manager's next word fills the gap, and the files that
  /// were published stay.
  Result<HeldSpec> load();

  Result<> save(const SpecSave& save);

 private:
  Result<> load_head(const sys::Directory& folder, HeldSpec& spec);
  Result<> load_list(const sys::Directory& folder, const std::string& name, HeldSpec& spec);
  Result<> load_program(const sys::Directory& folder, const std::string& name, HeldSpec& spec);
  Result<> load_one(const sys::Directory& folder, const std::string& name, HeldSpec& spec);
  Result<> set_aside(const sys::Directory& folder, const std::string& name, const Error& why);

  sys::Files& files_;
  Paths paths_;
  std::string cluster_;
};

}  // namespace reeve::agent
