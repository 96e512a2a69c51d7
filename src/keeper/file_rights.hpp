// With whose rights files are touched: a log outside the agent's own folder is opened, made and
// renamed as the program's user, or a program could have root write where it may not itself. The
// keeper's thread alone.
#pragma once

#include <cstdint>
#include <vector>

namespace reeve::keeper {

struct FileUser {
  bool is_other = false;  // else as the keeper itself
  std::uint32_t uid = 0, gid = 0;
  std::vector<std::uint32_t> groups;

  bool operator==(const FileUser&) const = default;
};

/// From here to the end of the scope. What cannot be taken is not given: without the right to
/// become the user every file is refused.
class FileRights {
 public:
  explicit FileRights(const FileUser& user);
  ~FileRights();
  FileRights(const FileRights&) = delete;
  FileRights& operator=(const FileRights&) = delete;

 private:
  bool is_taken_;
};

}  // namespace reeve::keeper
