// Finds the payload of "GET /api/v1/services/{service}" for a request, and the decoded values of
// its parameters. A trie over path segments: the cost is the path's depth, not the number of
// routes. Build first, then share for reading; any thread.
#pragma once

#include "net/http.hpp"

#include <array>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reeve::net {

/// The decoded values of a match's parameters, by the names in the route.
class RouteParams {
 public:
  static constexpr std::size_t kMax = 6;

  /// CHECKs that the route has such a parameter.
  const std::string& operator[](std::string_view name) const;
  std::size_t size() const { return count_; }

 private:
  friend class RouteTable;
  std::array<std::string_view, kMax> names_{};  // in the table's memory
  std::array<std::string, kMax> values_;
  std::size_t count_ = 0;
};

struct Route {
  Method method;
  std::string path;  // "/api/v1/services/{service}"
  std::optional<std::size_t> body_limit;
};

/// Router without its payloads: routes are numbered as they were added.
class RouteTable {
 public:
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  struct Match {
    std::size_t route = kNone;
    Error error;        // why there is none: not_found, method_not_allowed or invalid
    std::string allow;  // for method_not_allowed: the Allow header
    RouteParams params;
  };

  RouteTable();
  ~RouteTable();
  RouteTable(RouteTable&&) noexcept;
  RouteTable& operator=(RouteTable&&) noexcept;

  /// `pattern` is "METHOD /path/{parameter}". A bad or repeated pattern is a bug: CHECKed.
  std::size_t add(std::string_view pattern, std::optional<std::size_t> body_limit = std::nullopt);

  /// The answer looks into this table. `path` is encoded, without the query. HEAD finds GET's route
  /// where it has none of its own.
  Match match(Method method, std::string_view path) const;

  const std::vector<Route>& routes() const { return routes_; }

 private:
  struct Node;
  std::vector<Route> routes_;
  std::unique_ptr<Node> root_;
};

/// 404, 405 with Allow, or 400, for a match that found no route.
Response unmatched_response(const RouteTable::Match& match);

template <class T>
class Router {
 public:
  struct Match {
    const T* payload;  // null: no route; `table` says why
    RouteTable::Match table;
    const RouteParams& params() const { return table.params; }
  };

  void add(std::string_view pattern, T payload,
           std::optional<std::size_t> body_limit = std::nullopt) {
    table_.add(pattern, body_limit);
    payloads_.push_back(std::move(payload));
  }

  Match match(const Request& request) const {
    Match match{nullptr, table_.match(request.method, request.path())};
    if (match.table.route != RouteTable::kNone) match.payload = &payloads_[match.table.route];
    return match;
  }

  /// The limit of the request's route, else `otherwise`; for ServerHandlers::body_limit.
  std::size_t body_limit(const Request& request, std::size_t otherwise) const {
    auto found = table_.match(request.method, request.path());
    if (found.route == RouteTable::kNone) return otherwise;
    return table_.routes()[found.route].body_limit.value_or(otherwise);
  }

  /// In the order they were added, as payload(index).
  const std::vector<Route>& routes() const { return table_.routes(); }
  const T& payload(std::size_t index) const { return payloads_[index]; }

 private:
  RouteTable table_;
  std::vector<T> payloads_;
};

}  // namespace reeve::net
