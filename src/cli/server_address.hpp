// Which manager, or which agent, a client command talks to, and with which token: what the user
// said, else what a manager on this machine left in its data folder. Plain values; any thread.
#pragma once

#include "base/result.hpp"
#include "net/address.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace reeve::cli {

struct ServerAddress {
  std::string url;  // "http://127.0.0.1:7700", without a final slash; "unix:/…" of an agent
  net::Endpoint endpoint;
  std::string token;           // "" for none
  std::string node;            // the name of this machine's node, where `reeve dev` runs; else ""
  std::string origin;          // where this was found: "REEVE_ADDR" or a file
  std::string token_origin{};  // where its token was: kTokenVariable or a file
};

constexpr const char* kTokenVariable = "REEVE_TOKEN";
constexpr std::string_view kManagerFile = "manager.json";

/// "http://HOST:PORT" (the port defaults to 7700), with or without a final slash.
Result<net::Endpoint> parse_url(std::string_view url);

/// With a folder, only that folder; else REEVE_ADDR and REEVE_TOKEN, else the default folder. In a
/// folder dev.json goes before manager.json. REEVE_TOKEN goes before a file's token.
Result<ServerAddress> find_server(const std::optional<std::string>& data);

/// The local API of this machine's agent, on its Unix socket: REEVE_LOCAL_SOCKET unless there is a
/// folder, else the one that dev.json or agent.json in the folder names, else the usual place.
Result<ServerAddress> find_agent(const std::optional<std::string>& data);

}  // namespace reeve::cli
