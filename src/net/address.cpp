#include "net/address.hpp"

#include "base/quote.hpp"

#include <algorithm>
#include <charconv>

namespace reeve::net {
namespace {

Result<std::uint16_t> parse_port(std::string_view text, std::string_view whole) {
  std::uint16_t port = 0;
  auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (failed != std::errc{} || end != text.data() + text.size())
    return fail(Errc::invalid, "port must be 0-65535, got {} in {}", quote(text), quote(whole));
  return port;
}

}  // namespace

std::string Endpoint::to_string() const {
  if (is_unix()) return "unix:" + host;
  bool is_v6 = host.find(':') != host.npos;
  return is_v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

Result<Endpoint> parse_endpoint(std::string_view text, std::optional<std::uint16_t> default_port) {
  constexpr std::string_view kUnix = "unix:";
  if (text.starts_with(kUnix)) {
    auto path = text.substr(kUnix.size());
    if (!path.starts_with('/'))
      return fail(Errc::invalid, "expected \"unix:/path\", got {}", quote(text));
    return Endpoint{std::string(path), 0};
  }
  bool is_url = text.find("://") != text.npos;
  bool has_blank = std::ranges::any_of(text, [](unsigned char c) { return c <= ' '; });
  if (is_url || has_blank)
    return fail(Errc::invalid, "expected \"host:port\"{}, got {}",
                is_url ? " without a scheme" : "", quote(text));
  std::string_view host = text;
  std::string_view port;
  bool has_port = false;
  if (text.starts_with('[')) {
    auto end = text.find(']');
    if (end == text.npos)
      return fail(Errc::invalid, "expected \"[address]:port\", got {}", quote(text));
    host = text.substr(1, end - 1);
    auto rest = text.substr(end + 1);
    has_port = rest.starts_with(':');
    if (!rest.empty() && !has_port)
      return fail(Errc::invalid, "expected \"[address]:port\", got {}", quote(text));
    if (has_port) port = rest.substr(1);
  } else if (auto colon = text.find(':'); colon != text.npos) {
    // More than one colon is an IPv6 address, whose port cannot be told apart without brackets.
    if (text.find(':', colon + 1) != text.npos)
      return fail(Errc::invalid, "an IPv6 address needs brackets, \"[address]:port\", got {}",
                  quote(text));
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
    has_port = true;
  }
  if (has_port) {
    TRY_ASSIGN(auto number, parse_port(port, text));
    return Endpoint{std::string(host), number};
  }
  if (!default_port || host.empty())
    return fail(Errc::invalid, "expected \"host:port\", got {}", quote(text));
  return Endpoint{std::string(host), *default_port};
}

}  // namespace reeve::net
