#include "link/digest.hpp"

#include "net/digest.hpp"

namespace reeve::link {

std::string list_digest(std::string_view list_text) { return net::sha256(list_text); }

std::string spec_digest(const std::map<std::string, std::string>& list_digests) {
  if (list_digests.empty()) return "";
  std::string text;
  for (const auto& [service, digest] : list_digests)
    text.append(service).append(" ").append(digest).append("\n");
  return net::sha256(text);
}

}  // namespace reeve::link
