// How manager and agent tell that they mean the same spec: each list has a digest that the manager
// made, and a spec's digest is made of its lists'. Pure; any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace reeve::link {

/// Of the text of a list as sent.
std::string list_digest(std::string_view list_text);

/// Of all lists of a node: service uid → list digest. An empty spec has the digest "".
std::string spec_digest(const std::map<std::string, std::string>& list_digests);

}  // namespace reeve::link
