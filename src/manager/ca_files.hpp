// The certificate authority on the manager's disk: `ca.key`, readable by its owner alone, and
// `ca.pem`; beside them `ca.next.key` and `ca.next.pem` while a rotation is under way. Blocking:
// for the pool.
#pragma once

#include "base/time.hpp"
#include "net/ca.hpp"
#include "sys/files.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace reeve::manager {

enum class CaFiles { may_be_made, must_exist };

/// Reads the CA, or makes one where it may. Damaged, expired or half-present files are an error
/// that says what to do: a new CA would shut out every node that has joined.
Result<net::Identity> open_ca(sys::Files& files, const std::filesystem::path& folder, CaFiles mode,
                              const std::string& common_name, WallTime now);

/// The one of a rotation that is under way, or nothing. After open_ca().
Result<std::optional<net::Identity>> open_next_ca(sys::Files& files,
                                                  const std::filesystem::path& folder);
Result<> save_next_ca(sys::Files& files, const std::filesystem::path& folder,
                      const net::Identity& next);
/// The next one takes the place of the CA. Interrupted, it goes on in the next open_ca().
Result<> adopt_next_ca(sys::Files& files, const std::filesystem::path& folder);

}  // namespace reeve::manager
