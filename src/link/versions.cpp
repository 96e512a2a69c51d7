#include "link/versions.hpp"

#include "base/quote.hpp"
#include "base/version.hpp"

#include <algorithm>

namespace reeve::link {

Result<std::uint32_t> choose_protocol(const Hello& hello) {
  auto highest = std::min(hello.protocol_max, kProtocol);
  if (highest >= std::max(hello.protocol_min, kOldestProtocol)) return highest;
  auto agent = quote(hello.agent_version);
  if (hello.protocol_min > hello.protocol_max)
    return fail(Errc::unsupported,
                "agent {} says that it speaks link protocols {} to {}, which is no range", agent,
                hello.protocol_min, hello.protocol_max);
  std::string_view older = hello.protocol_max < kOldestProtocol ? "agent" : "manager";
  return fail(Errc::unsupported,
              "agent {} speaks link protocols {} to {} and manager \"{}\" {} to {}: upgrade the {}",
              agent, hello.protocol_min, hello.protocol_max, version(), kOldestProtocol, kProtocol,
              older);
}

}  // namespace reeve::link
