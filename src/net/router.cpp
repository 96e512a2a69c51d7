#include "net/router.hpp"

#include "base/check.hpp"
#include "base/quote.hpp"

#include <algorithm>

namespace reeve::net {
namespace {

constexpr std::size_t kMethodCount = static_cast<std::size_t>(Method::other);

std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  auto segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

}  // namespace

struct RouteTable::Node {
  std::vector<std::pair<std::string, std::unique_ptr<Node>>> children;  // sorted by segment
  std::unique_ptr<Node> parameter;
  std::array<std::size_t, kMethodCount> routes;
  std::vector<std::string> names;  // the parameters on the way here

  Node() { routes.fill(kNone); }

  Node* child(std::string_view segment) const {
    auto at =
        std::lower_bound(children.begin(), children.end(), segment,
                         [](const auto& entry, std::string_view s) { return entry.first < s; });
    return at != children.end() && at->first == segment ? at->second.get() : nullptr;
  }

  Node& make_child(std::string_view segment) {
    if (auto* known = child(segment)) return *known;
    auto at =
        std::lower_bound(children.begin(), children.end(), segment,
                         [](const auto& entry, std::string_view s) { return entry.first < s; });
    return *children.emplace(at, segment, std::make_unique<Node>())->second;
  }

  bool has_route() const {
    return std::any_of(routes.begin(), routes.end(), [](auto route) { return route != kNone; });
  }

  std::size_t find(Method method) const {
    if (method == Method::other) return kNone;
    auto route = routes[static_cast<std::size_t>(method)];
    if (route == kNone && method == Method::head)
      return routes[static_cast<std::size_t>(Method::get)];
    return route;
  }

  std::string allow() const {
    std::string methods;
    for (std::size_t i = 0; i < kMethodCount; ++i) {
      if (find(static_cast<Method>(i)) == kNone) continue;
      if (!methods.empty()) methods += ", ";
      methods += to_string(static_cast<Method>(i));
    }
    return methods;
  }
};

const std::string& RouteParams::operator[](std::string_view name) const {
  std::size_t at = 0;
  while (at < count_ && names_[at] != name) ++at;
  CHECK(at < count_);
  return values_[at];
}

RouteTable::RouteTable() : root_(std::make_unique<Node>()) {}
RouteTable::~RouteTable() = default;
RouteTable::RouteTable(RouteTable&&) noexcept = default;
RouteTable& RouteTable::operator=(RouteTable&&) noexcept = default;

std::size_t RouteTable::add(std::string_view pattern, std::optional<std::size_t> body_limit) {
  auto space = pattern.find(' ');
  CHECK(space != pattern.npos);
  Method method = parse_method(pattern.substr(0, space));
  auto path = pattern.substr(space + 1);
  CHECK(method != Method::other && path.starts_with('/'));

  Node* node = root_.get();
  std::vector<std::string> names;
  for (auto rest = path; !rest.empty();) {
    auto segment = take_segment(rest);
    if (!segment.starts_with('{')) {
      node = &node->make_child(segment);
      continue;
    }
    CHECK(segment.ends_with('}') && segment.size() > 2);
    names.emplace_back(segment.substr(1, segment.size() - 2));
    if (!node->parameter) node->parameter = std::make_unique<Node>();
    node = node->parameter.get();
  }
  auto& route = node->routes[static_cast<std::size_t>(method)];
  // One path has one set of names, whatever the method.
  CHECK(route == kNone && names.size() <= RouteParams::kMax);
  CHECK(!node->has_route() || node->names == names);
  node->names = std::move(names);
  route = routes_.size();
  routes_.push_back({method, std::string(path), body_limit});
  return route;
}

RouteTable::Match RouteTable::match(Method method, std::string_view path) const {
  Match match;
  const Node* node = path.starts_with('/') ? root_.get() : nullptr;
  for (auto rest = path; node && !rest.empty();) {
    auto segment = take_segment(rest);
    if (auto* child = node->child(segment)) {
      node = child;
      continue;
    }
    node = segment.empty() ? nullptr : node->parameter.get();
    if (!node) break;
    auto value = percent_decode(segment);
    if (!value) {
      match.error = {
          Errc::invalid, fmt::format("broken percent escape in {}", quote(segment)), "", {}};
      return match;
    }
    match.params.values_[match.params.count_++] = std::move(*value);
  }
  if (!node || !node->has_route()) {
    match.error = {Errc::not_found, fmt::format("no such path {}", quote(path)), "", {}};
    return match;
  }
  match.route = node->find(method);
  if (match.route == kNone) {
    match.allow = node->allow();
    match.error = {Errc::method_not_allowed,
                   fmt::format("expected one of {}, got {}", match.allow, to_string(method)),
                   "",
                   {}};
  }
  for (std::size_t i = 0; i < match.params.count_; ++i) match.params.names_[i] = node->names[i];
  return match;
}

Response unmatched_response(const RouteTable::Match& match) {
  auto response = error_response(match.error);
  if (!match.allow.empty()) response.headers.add("Allow", match.allow);
  return response;
}

}  // namespace reeve::net
