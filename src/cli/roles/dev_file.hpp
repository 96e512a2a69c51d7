// <data>/dev.json: where a running `reeve dev` is found, and by whom: it holds a token, so it is
// the owner's alone. It is there exactly while what it names answers, but for a process that was
// killed.
#pragma once

#include "base/result.hpp"

#include <filesystem>
#include <string>

namespace reeve::cli {

struct DevFile {
  std::string console;  // "http://127.0.0.1:7700"
  std::string token;
  std::string agent;                   // the agent's local HTTP
  std::filesystem::path agent_socket;  // the same on a Unix socket
  std::string node;
  std::filesystem::path data;  // absolute

  Result<> write() const;
};

Result<> remove_dev_file(const std::filesystem::path& data);

}  // namespace reeve::cli
