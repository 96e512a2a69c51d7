#include "cli/server_address.hpp"

#include "base/quote.hpp"
#include "cli/environment.hpp"
#include "json/codec.hpp"

#include <algorithm>
#include <cctype>

namespace reeve::cli {

namespace {

constexpr std::uint16_t kConsolePort = 7700;
constexpr std::string_view kHowToStart =
    "start one with `reeve dev`, or say where it is with REEVE_ADDR and REEVE_TOKEN";

// What dev.json and manager.json have in common, and of dev.json the node and the agent's socket.
struct LeftFile {
  std::string console;
  std::string token;
  std::optional<std::string> node;
  std::optional<std::string> agent_socket;
};
BOOST_DESCRIBE_STRUCT(LeftFile, (), (console, token, node, agent_socket))

constexpr auto rules(const LeftFile*) {
  return std::array{json::field("console").required(), json::field("token").required()};
}

// Of agent.json what is needed here.
struct LeftAgentFile {
  std::string agent_socket;
};
BOOST_DESCRIBE_STRUCT(LeftAgentFile, (), (agent_socket))

constexpr auto rules(const LeftAgentFile*) {
  return std::array{json::field("agent_socket").required()};
}

struct FoundToken {
  std::string text;
  std::string origin;
};

/// REEVE_TOKEN, else the one that was `left` in a file. Variables that are read from files often
/// have a line's end in them; what else no token has would make no request of HTTP.
Result<FoundToken> find_token(FoundToken left) {
  auto told = environment(kTokenVariable);
  if (!told) return left;
  while (!told->empty() && std::isspace(static_cast<unsigned char>(told->back()))) told->pop_back();
  bool is_token = std::ranges::all_of(*told, [](unsigned char c) { return c > ' ' && c < 127; });
  if (!is_token)
    return fail(Errc::invalid, "{} holds no API token: a token has no blanks in it",
                kTokenVariable);
  return FoundToken{std::move(*told), kTokenVariable};
}

Result<ServerAddress> address_of(std::string url, FoundToken left, std::string origin) {
  TRY_ASSIGN(auto endpoint, parse_url(url), "in {}", origin);
  TRY_ASSIGN(auto token, find_token(std::move(left)));
  while (url.ends_with('/')) url.pop_back();
  return ServerAddress{std::move(url),    std::move(endpoint),    std::move(token.text), "",
                       std::move(origin), std::move(token.origin)};
}

template <class T>
Result<T> read_left_file(const std::filesystem::path& path) {
  auto text = read_file(path);
  if (!text && text.error().code == Errc::not_found) return fail(std::move(text).error());
  if (!text)
    return fail(text.error().code, "{}; run this as its owner, or set REEVE_ADDR and REEVE_TOKEN",
                text.error().what);
  TRY_ASSIGN(auto left, json::decode_text<T>(*text, json::Mode::lenient), "in {}", path.string());
  return left;
}

Result<ServerAddress> from_file(const std::filesystem::path& path) {
  TRY_ASSIGN(auto left, read_left_file<LeftFile>(path));
  TRY_ASSIGN(auto address, address_of(left.console, {left.token, path.string()}, path.string()));
  address.node = left.node.value_or("");
  return address;
}

Result<ServerAddress> from_folder(const std::filesystem::path& folder) {
  auto found = from_file(folder / "dev.json");
  if (found || found.error().code != Errc::not_found) return found;
  found = from_file(folder / kManagerFile);
  if (found || found.error().code != Errc::not_found) return found;
  std::error_code unreadable;
  if (std::filesystem::exists(folder / "agent", unreadable))
    return fail(Errc::unavailable,
                "no manager was found in {}, where an agent has its data; --local asks the agent, "
                "REEVE_ADDR and REEVE_TOKEN say where the manager is",
                folder.string());
  return fail(Errc::unavailable, "no manager was found in {}; {}", folder.string(), kHowToStart);
}

ServerAddress at_socket(const std::string& path, std::string origin) {
  net::Endpoint endpoint{path, 0};
  return {endpoint.to_string(), endpoint, "", "", std::move(origin), ""};
}

}  // namespace

Result<net::Endpoint> parse_url(std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme))
    return fail(Errc::invalid, "expected an address like http://127.0.0.1:7700, got {}",
                quote(url));
  std::string_view rest = url.substr(kScheme.size());
  while (rest.ends_with('/')) rest.remove_suffix(1);
  return net::parse_endpoint(rest, kConsolePort);
}

Result<ServerAddress> find_server(const std::optional<std::string>& data) {
  auto told = environment("REEVE_ADDR");
  if (told && !data) return address_of(*told, FoundToken{}, "REEVE_ADDR");
  TRY_ASSIGN(auto folder, data_folder(data));
  std::error_code unreadable;
  if (std::filesystem::is_regular_file(folder, unreadable))
    return fail(Errc::invalid, "{} is a file; --data names the folder that a manager runs on",
                folder.string());
  return from_folder(folder);
}

Result<ServerAddress> find_agent(const std::optional<std::string>& data) {
  auto told = environment("REEVE_LOCAL_SOCKET");
  if (told && !data) return at_socket(*told, "REEVE_LOCAL_SOCKET");
  TRY_ASSIGN(auto folder, data_folder(data));
  auto dev_file = folder / "dev.json";
  auto left = read_left_file<LeftFile>(dev_file);
  if (!left && left.error().code != Errc::not_found) return fail(std::move(left).error());
  if (left && left->agent_socket) return at_socket(*left->agent_socket, dev_file.string());
  auto agent_file = folder / "agent.json";
  auto agent = read_left_file<LeftAgentFile>(agent_file);
  if (agent) return at_socket(agent->agent_socket, agent_file.string());
  if (agent.error().code != Errc::not_found) return fail(std::move(agent).error());
  TRY_ASSIGN(auto socket, installed_agent_socket(folder));
  return at_socket(socket.native(), folder.string());
}

}  // namespace reeve::cli
