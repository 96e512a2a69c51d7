// The demo objects of `reeve dev --demo`, made through the API as a person would make them.
// Blocking: runs on the pool, beside the manager that it talks to.
#pragma once

#include "cli/server_address.hpp"

#include <string>

namespace reeve::cli {

struct Demo {
  static constexpr const char* kService = "pay";
  static constexpr const char* kInstance = "127.0.0.1:8881";  // the first of its three

  bool is_new = false;  // else the service stood there from an earlier run
  std::string state;    // the agent's word about the list: "current"
};

/// Makes what is missing, and waits until the agent of `node` says that the list is on its disk.
Result<Demo> make_demo(ServerAddress server, const std::string& node);

}  // namespace reeve::cli
