// Routes × roles: who may what, written down once more, so that a change of the table is seen.
#include "manager/api/testing/harness.hpp"

#include <map>
#include <string_view>

namespace reeve::manager::api {
namespace {

using enum Permission;

const std::map<std::string_view, Permission> kExpected{
    {"GET /healthz", anyone},
    {"GET /api/openapi.json", anyone},
    {"GET /api/v1/whoami", viewer},
    {"GET /api/v1/status", viewer},
    {"GET /api/v1/events", viewer},
    {"GET /api/v1/ca", administrator},
    {"POST /api/v1/ca/rotate", administrator},
    {"POST /api/v1/ca/finish", administrator},
    {"POST /api/v1/backup", administrator},
    {"GET /api/v1/hold", viewer},
    {"GET /api/v1/hold/differences", viewer},
    {"POST /api/v1/resume", administrator},
    {"GET /api/v1/services", viewer},
    {"GET /api/v1/services/{service}", viewer},
    {"PUT /api/v1/services/{service}", operator_},
    {"PATCH /api/v1/services/{service}", operator_},
    {"DELETE /api/v1/services/{service}", operator_},
    {"POST /api/v1/services/{service}/push", operator_},
    {"POST /api/v1/services/{service}/rollback", operator_},
    {"GET /api/v1/services/{service}/revisions", viewer},
    {"GET /api/v1/services/{service}/revisions/{revision}", viewer},
    {"GET /api/v1/services/{service}/diff", viewer},
    {"GET /api/v1/services/{service}/instances", viewer},
    {"GET /api/v1/services/{service}/instances/{instance}", viewer},
    {"PUT /api/v1/services/{service}/instances/{instance}", operator_},
    {"PATCH /api/v1/services/{service}/instances/{instance}", operator_},
    {"DELETE /api/v1/services/{service}/instances/{instance}", operator_},
    {"GET /api/v1/services/{service}/subscribers", viewer},
    {"GET /api/v1/services/{service}/subscribers/{node}", viewer},
    {"PUT /api/v1/services/{service}/subscribers/{node}", operator_},
    {"DELETE /api/v1/services/{service}/subscribers/{node}", operator_},
    {"POST /api/v1/services/{service}/subscribe", operator_},
    {"POST /api/v1/services/{service}/unsubscribe", operator_},
    {"GET /api/v1/nodes", viewer},
    {"GET /api/v1/nodes/{node}", viewer},
    {"GET /api/v1/nodes/{node}/live", administrator},
    {"PATCH /api/v1/nodes/{node}", operator_},
    {"DELETE /api/v1/nodes/{node}", administrator},
    {"GET /api/v1/programs", viewer},
    {"GET /api/v1/programs/{program}", viewer},
    {"PUT /api/v1/programs/{program}", operator_},
    {"PATCH /api/v1/programs/{program}", operator_},
    {"DELETE /api/v1/programs/{program}", operator_},
    {"POST /api/v1/programs/{program}/start", operator_},
    {"POST /api/v1/programs/{program}/stop", operator_},
    {"POST /api/v1/programs/{program}/restart", operator_},
    {"POST /api/v1/programs/{program}/signal", operator_},
    {"GET /api/v1/programs/{program}/processes", viewer},
    {"GET /api/v1/programs/{program}/processes/{node}/{process}/log", viewer},
    {"GET /api/v1/operations", viewer},
    {"GET /api/v1/operations/{operation}", viewer},
    {"DELETE /api/v1/operations/{operation}", operator_},
    {"GET /api/v1/notices", viewer},
    {"POST /api/v1/notices/read", viewer},
    {"GET /api/v1/audit", administrator},
    {"GET /api/v1/tokens", administrator},
    {"POST /api/v1/tokens", administrator},
    {"DELETE /api/v1/tokens/{token}", administrator},
    {"GET /api/v1/join-tokens", administrator},
    {"POST /api/v1/join-tokens", administrator},
    {"DELETE /api/v1/join-tokens/{token}", administrator},
};

class RolesTest : public testing::ApiTest {
 protected:
  // Sent without a body and for objects that are not there: what comes back is never a success
  // that changes something, but 401 and 403 come before that is known.
  int status_of(const RouteSpec& route, const std::string& token) {
    auto space = route.pattern.find(' ');
    std::string path(route.pattern.substr(space + 1));
    for (auto begin = path.find('{'); begin != path.npos; begin = path.find('{'))
      path.replace(begin, path.find('}') - begin + 1, "10.0.0.1:80");
    return send(make(route.pattern.substr(0, space), path, "", token, {})).status;
  }
  static bool may(Permission needed, std::optional<model::Role> role) {
    if (needed == anyone) return true;
    return role && static_cast<int>(*role) + 1 >= static_cast<int>(needed);
  }
};

TEST_F(RolesTest, every_route_has_the_rule_that_stands_here) {
  EXPECT_EQ(routes().size(), kExpected.size());
  for (const auto& route : routes()) {
    auto expected = kExpected.find(route.pattern);
    ASSERT_NE(expected, kExpected.end()) << "no rule for " << route.pattern;
    EXPECT_EQ(route.permission, expected->second) << route.pattern;
  }
}

TEST_F(RolesTest, every_role_gets_through_exactly_where_it_may) {
  const std::optional<model::Role> nobody;
  for (const auto& route : routes()) {
    auto needed = kExpected.at(route.pattern);
    EXPECT_EQ(status_of(route, "") != 401, may(needed, nobody)) << route.pattern;
    for (const auto& [role, token] : tokens) {
      auto status = status_of(route, token);
      EXPECT_EQ(status != 403, may(needed, role)) << route.pattern << json::enum_name(role);
      EXPECT_NE(status, 401) << route.pattern << json::enum_name(role);
    }
  }
}

}  // namespace
}  // namespace reeve::manager::api
