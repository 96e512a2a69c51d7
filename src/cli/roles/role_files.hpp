// <data>/dev.json and <data>/agent.json: where a running `reeve dev` or `reeve agent` is found on
// this machine, wherever its settings have put that. They are there exactly while what they name
// answers, but for a process that was killed. What reads them is server_address.hpp.
#pragma once

#include "base/result.hpp"

#include <filesystem>
#include <string>

namespace reeve::cli {

/// It holds a token, so it is the owner's alone.
struct DevFile {
  std::string console;  // "http://127.0.0.1:7700"
  std::string token;
  std::string agent;                   // the agent's local HTTP
  std::filesystem::path agent_socket;  // the same on a Unix socket
  std::string node;
  std::filesystem::path data;  // absolute

  Result<> write() const;
  static Result<> remove(const std::filesystem::path& data);
};

/// It holds no secret.
struct AgentFile {
  std::string agent;                   // its local HTTP
  std::filesystem::path agent_socket;  // the same on a Unix socket
  std::string node;
  std::filesystem::path data;  // absolute

  Result<> write() const;
  static Result<> remove(const std::filesystem::path& data);
};

}  // namespace reeve::cli
