#include "net/router.hpp"

#include "base/utf8.hpp"

#include <gtest/gtest.h>

namespace reeve::net {
namespace {

RouteTable table() {
  RouteTable routes;
  routes.add("GET /");
  routes.add("GET /api/v1/services");
  routes.add("GET /api/v1/services/{service}");
  routes.add("PUT /api/v1/services/{service}", 1000);
  routes.add("POST /api/v1/services/{service}/push");
  routes.add("GET /api/v1/services/{service}/instances/{instance}");
  routes.add("GET /api/v1/services/special");
  return routes;
}

TEST(Router, finds_the_route_of_a_path) {
  struct Case {
    Method method;
    const char* path;
    std::size_t route;
  };
  constexpr std::array cases{
      Case{Method::get, "/", 0},
      Case{Method::get, "/api/v1/services", 1},
      Case{Method::head, "/api/v1/services", 1},
      Case{Method::get, "/api/v1/services/web", 2},
      Case{Method::put, "/api/v1/services/web", 3},
      Case{Method::post, "/api/v1/services/web/push", 4},
      Case{Method::get, "/api/v1/services/web/instances/10.0.0.1:80", 5},
      Case{Method::get, "/api/v1/services/special", 6},
      Case{Method::get, "/api/v1/services/special2", 2},
  };
  auto routes = table();
  for (const auto& [method, path, route] : cases)
    EXPECT_EQ(routes.match(method, path).route, route) << path;
}

TEST(Router, refuses_paths_that_are_no_route) {
  auto routes = table();
  for (const char* path :
       {"", "api", "/api", "/api/v1/services/", "//api/v1/services", "/api/v1/services/a/b",
        "/api/v1/services//push", "/%00", "/api/v2/services"}) {
    auto match = routes.match(Method::get, path);
    EXPECT_EQ(match.route, RouteTable::kNone) << path;
    EXPECT_EQ(match.error.code, Errc::not_found) << path;
  }
}

TEST(Router, quotes_a_path_that_is_none_whatever_its_bytes) {
  for (auto path : {"/no\xff/such", "/api/v1/services/%zz\xe9"}) {
    auto what = table().match(Method::get, path).error.what;
    EXPECT_EQ(utf8::valid_prefix(what), what.size()) << what;
  }
}

TEST(Router, decodes_parameters_after_splitting_the_path) {
  auto routes = table();
  auto match = routes.match(Method::get, "/api/v1/services/a%2Fb%20c/instances/%5B::1%5D:80");
  ASSERT_EQ(match.route, 5u);
  EXPECT_EQ(match.params["service"], "a/b c");
  EXPECT_EQ(match.params["instance"], "[::1]:80");
  EXPECT_EQ(routes.match(Method::get, "/api/v1/services/100%").error.code, Errc::invalid);
}

TEST(Router, tells_which_methods_are_allowed) {
  auto match = table().match(Method::delete_, "/api/v1/services/web");
  EXPECT_EQ(match.error.code, Errc::method_not_allowed);
  auto response = unmatched_response(match);
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.headers.get("allow"), "GET, HEAD, PUT");
}

TEST(Router, gives_payloads_and_body_limits) {
  Router<std::string> router;
  router.add("GET /a", "first");
  router.add("PUT /a", "second", 10);
  Request request;
  request.target = "/a?x=1";
  EXPECT_EQ(*router.match(request).payload, "first");
  EXPECT_EQ(router.body_limit(request, 99), 99u);
  request.method = Method::put;
  EXPECT_EQ(router.body_limit(request, 99), 10u);
  EXPECT_EQ(router.routes()[1].path, "/a");
}

}  // namespace
}  // namespace reeve::net
