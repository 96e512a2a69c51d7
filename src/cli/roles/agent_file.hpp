// <data>/agent.json: where a running `reeve agent` is found on this machine, wherever its settings
// have put that. It holds no secret. It is there exactly while what it names answers, but for a
// process that was killed.
#pragma once

#include "base/result.hpp"

#include <filesystem>
#include <string>

namespace reeve::cli {

struct AgentFile {
  std::string agent;                   // its local HTTP
  std::filesystem::path agent_socket;  // the same on a Unix socket
  std::string node;
  std::filesystem::path data;  // absolute

  Result<> write() const;
};

Result<> remove_agent_file(const std::filesystem::path& data);

}  // namespace reeve::cli
