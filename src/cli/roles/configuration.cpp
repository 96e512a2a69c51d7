#include "cli/roles/configuration.hpp"

#include "base/ip_address.hpp"
#include "base/quote.hpp"
#include "cli/environment.hpp"
#include "json/yaml.hpp"
#include "link/messages.hpp"

namespace reeve::cli {

namespace {

constexpr const char* kDefaultFile = "/etc/reeve/reeve.yaml";

template <class T>
void lay_over(std::optional<T>& lower, const std::optional<T>& upper) {
  if (upper) lower = upper;
}

template <class T>
void check(const Result<T>& read, json::Faults& faults, const json::Path& path) {
  if (!read) faults.add(path, read.error().what);
}

void check_managers(const std::optional<std::vector<std::string>>& addresses, json::Faults& faults,
                    const json::Path& path) {
  if (!addresses) return;
  for (std::size_t i = 0; i < addresses->size(); ++i)
    check(parse_link_address((*addresses)[i]), faults, path / i);
}

}  // namespace

void validate(const Configuration& configuration, json::Faults& faults, const json::Path& path) {
  if (configuration.listen) check(parse_listen(*configuration.listen), faults, path / "listen");
  if (configuration.link_listen)
    check(parse_listen(*configuration.link_listen), faults, path / "link_listen");
  if (configuration.local_http)
    check(parse_listen(*configuration.local_http), faults, path / "local_http");
  if (configuration.local_socket && !configuration.local_socket->starts_with('/'))
    faults.add(path / "local_socket",
               "expected an absolute path, got " + quote(*configuration.local_socket));
  check_managers(configuration.managers, faults, path / "managers");
  check_managers(configuration.advertise, faults, path / "advertise");
  const auto& roots = configuration.publish_roots.value_or(std::vector<std::string>{});
  for (std::size_t i = 0; i < roots.size(); ++i)
    if (!roots[i].starts_with('/'))
      faults.add(path / "publish_roots" / i, "expected an absolute folder, got " + quote(roots[i]));
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    auto end = text.find(separator);
    if (end != 0) parts.emplace_back(text.substr(0, end));
    text = end == text.npos ? "" : text.substr(end + 1);
  }
  return parts;
}

Result<Configuration> parse_configuration(std::string_view yaml) {
  TRY_ASSIGN(auto documents, json::parse_yaml(yaml));
  if (documents.empty()) return Configuration{};
  if (documents.size() > 1)
    return fail(Errc::invalid, "expected one document, got {}", documents.size());
  return json::decode<Configuration>(documents.front(), json::Mode::strict);
}

Configuration configuration_of_environment(
    const std::function<std::optional<std::string>(const char*)>& lookup) {
  Configuration out;
  out.data = lookup("REEVE_DATA");
  out.listen = lookup("REEVE_LISTEN");
  out.link_listen = lookup("REEVE_LINK_LISTEN");
  out.local_http = lookup("REEVE_LOCAL_HTTP");
  out.local_socket = lookup("REEVE_LOCAL_SOCKET");
  if (auto managers = lookup("REEVE_MANAGERS")) out.managers = split(*managers, ',');
  if (auto addresses = lookup("REEVE_ADVERTISE")) out.advertise = split(*addresses, ',');
  if (auto roots = lookup("REEVE_PUBLISH_ROOTS")) out.publish_roots = split(*roots, ':');
  return out;
}

Configuration overlaid(Configuration lower, const Configuration& upper) {
  lay_over(lower.data, upper.data);
  lay_over(lower.listen, upper.listen);
  lay_over(lower.link_listen, upper.link_listen);
  lay_over(lower.advertise, upper.advertise);
  lay_over(lower.managers, upper.managers);
  lay_over(lower.publish_roots, upper.publish_roots);
  lay_over(lower.local_http, upper.local_http);
  lay_over(lower.local_socket, upper.local_socket);
  lay_over(lower.hooks, upper.hooks);
  lay_over(lower.run_as, upper.run_as);
  return lower;
}

Result<Configuration> load_configuration(const std::optional<std::string>& file,
                                         const Configuration& flags) {
  std::string path = file.value_or(kDefaultFile);
  Configuration said;
  auto text = read_file(path);
  if (text) {
    TRY_ASSIGN(said, parse_configuration(*text), "in {}", path);
  } else if (file || text.error().code != Errc::not_found) {
    return fail(text.error());
  }
  said = overlaid(std::move(said), configuration_of_environment(environment));
  said = overlaid(std::move(said), flags);
  // Again, for what variables and flags brought in.
  json::Faults faults;
  validate(said, faults, json::Path());
  if (!faults.empty()) return fail(error_of(faults.take()));
  return said;
}

Result<net::Endpoint> parse_listen(std::string_view text) {
  TRY_ASSIGN(auto endpoint, net::parse_endpoint(text));
  if (endpoint.host == "localhost") endpoint.host = "127.0.0.1";
  if (!endpoint.host.empty() && !IpAddress::parse(endpoint.host))
    return fail(Errc::invalid, "expected an address and a port like 127.0.0.1:7700, got {}",
                quote(text));
  return endpoint;
}

Result<net::Endpoint> parse_link_address(std::string_view text) {
  TRY_ASSIGN(auto endpoint, net::parse_endpoint(text, link::kPort));
  if (endpoint.is_unix() || endpoint.host.empty())
    return fail(Errc::invalid,
                "a manager is reached over the network: expected HOST or HOST:PORT, got {}",
                quote(text));
  return endpoint;
}

bool is_local(const net::Endpoint& endpoint) {
  auto address = IpAddress::parse(endpoint.host);
  return address && address->is_loopback();
}

}  // namespace reeve::cli
