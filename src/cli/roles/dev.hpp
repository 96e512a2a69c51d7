// `reeve dev`: manager and agent in one process, on one domain loop, on loopback. Runs until it is
// told to end. Built and run by the command; its coroutines belong to the domain loop.
#pragma once

#include "agent/agent.hpp"
#include "cli/roles/dev_words.hpp"
#include "cli/roles/host.hpp"
#include "cli/roles/role_files.hpp"
#include "manager/manager.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace reeve::cli {

struct DevSettings {
  std::filesystem::path data;
  std::vector<std::string> publish_roots;
  std::filesystem::path agent_socket;
  std::vector<agent::HookRule> hooks;
  bool has_free_ports = false;  // else 7700, 7701 and 7710
  bool has_demo = false;
  bool keeps_programs = false;  // at the end
};

class Dev {
 public:
  /// All must outlive this.
  Dev(Host& host, const DevWords& words, DevSettings settings);

  Task<Result<>> run();

 private:
  Task<Result<>> run_beside_manager();
  Task<Result<>> run_beside_agent();
  Task<Result<>> end_agent();
  Task<Result<agent::Settings>> agent_settings();
  Task<Result<>> until_current();
  Task<> make_demo();
  Task<Result<>> serve();
  DevFile file() const;

  Host& host_;
  const DevWords& words_;
  DevSettings settings_;
  manager::Manager manager_;
  std::unique_ptr<agent::Agent> agent_;  // there when the manager is
};

}  // namespace reeve::cli
