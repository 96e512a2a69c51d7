// Which protocol two sides speak: the highest that both know. Pure; any thread.
#pragma once

#include "base/result.hpp"
#include "link/messages.hpp"

#include <cstdint>

namespace reeve::link {

/// The oldest protocol that this build still speaks; kProtocol is the newest.
inline constexpr std::uint32_t kOldestProtocol = 1;

/// For the manager, of an agent's hello. `unsupported` names both versions and says which side is
/// the older one.
Result<std::uint32_t> choose_protocol(const Hello& hello);

}  // namespace reeve::link
