// The certificate authority on the manager's disk: `ca.key`, readable by its owner alone, and
// `ca.pem`. Blocking: for the pool.
#pragma once

#include "base/time.hpp"
#include "net/ca.hpp"
#include "sys/files.hpp"

#include <filesystem>
#include <string>

namespace reeve::manager {

enum class CaFiles { may_be_made, must_exist };

/// Reads the CA, or makes one where it may. Damaged, expired or half-present files are an error
/// that says what to do: a new CA would shut out every node that has joined.
Result<net::Identity> open_ca(sys::Files& files, const std::filesystem::path& folder, CaFiles mode,
                              const std::string& common_name, WallTime now);

}  // namespace reeve::manager
