// Paths find their rows; what no row claims is forwarded with the scope its method needs.
#include "gateway/route_table.h"

#include <set>

#include <gtest/gtest.h>

namespace layer::gateway {
namespace {

RouteId id_of(std::string_view method, std::string_view path) {
  return match_route(method, path).route->id;
}

TEST(RouteTable, EveryRowFindsItself) {
  std::set<std::string_view> names;
  for (const Route& row : route_table()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_FALSE(row.summary.empty()) << row.name;
    if (row.pattern.empty()) {
      continue;
    }
    EXPECT_FALSE(row.statuses.empty()) << row.name;
    // A pattern is a path of its own kind: its braces are the names of nothing in particular.
    EXPECT_EQ(id_of(row.method, row.pattern), row.id) << row.name;
  }
}

TEST(RouteTable, SegmentsAreGivenRaw) {
  const auto query = match_route("POST", "/v2/namespaces/my%20ns/query");
  EXPECT_EQ(query.route->id, RouteId::kQuery);
  EXPECT_EQ(query.ns, "my%20ns");
  const auto operation = match_route("GET", "/v1/namespaces/n/operations/op%2F1");
  EXPECT_EQ(operation.route->id, RouteId::kOperation);
  EXPECT_EQ(operation.ns, "n");
  EXPECT_EQ(operation.params[0], "op%2F1");
  const auto resource = match_route("GET", "/v2/resources/Index/films");
  EXPECT_EQ(resource.params[0], "Index");
  EXPECT_EQ(resource.params[1], "films");
}

TEST(RouteTable, HeadIsServedByGet) {
  EXPECT_EQ(id_of("HEAD", "/v1/namespaces/n"), RouteId::kExportV1);
  EXPECT_EQ(id_of("HEAD", "/v1/namespaces"), RouteId::kListNamespacesV1);
}

TEST(RouteTable, UnclaimedPathsAreOpaqueAndNeedWhatTheirMethodNeeds) {
  EXPECT_EQ(id_of("GET", "/v2/namespaces/n/new_thing"), RouteId::kOpaqueRead);
  EXPECT_EQ(id_of("HEAD", "/v1/vectors"), RouteId::kOpaqueRead);
  EXPECT_EQ(id_of("PUT", "/v2/namespaces/n"), RouteId::kOpaqueWrite);
  EXPECT_EQ(id_of("POST", "/v2/namespaces/n/a/b/c/d"), RouteId::kOpaqueWrite);
  EXPECT_EQ(id_of("POST", "/v1/vectors/n"), RouteId::kOpaqueAdmin);
  EXPECT_EQ(id_of("DELETE", "/v2/namespaces/"), RouteId::kOpaqueAdmin);
  EXPECT_EQ(match_route("POST", "/v2/future/namespaces/n/x").ns, "n");
  EXPECT_EQ(route(RouteId::kOpaqueWrite).scope, Scope::kWrite);
  EXPECT_EQ(route(RouteId::kOpaqueAdmin).scope, Scope::kAdmin);
}

TEST(RouteTable, OtherPathsAreUnknown) {
  for (const std::string_view path : {"", "/", "/v3/namespaces", "/v1", "v2/namespaces/n",
                                      "/health/", "/Health", "/v2namespaces"}) {
    EXPECT_EQ(id_of("GET", path), RouteId::kUnknown) << path;
  }
  EXPECT_EQ(id_of("POST", "/health"), RouteId::kUnknown);
}

TEST(RouteTable, DotSegmentsAreRefusedHoweverTheyAreSpelled) {
  for (const std::string_view path :
       {"/v2/namespaces/./query", "/v2/namespaces/../query", "/v2/namespaces/%2e/query",
        "/v2/namespaces/%2E%2e", "/v2/namespaces/.%2E/x", "/v1/namespaces/n/.."}) {
    EXPECT_TRUE(match_route("POST", path).dot_segment) << path;
  }
  for (const std::string_view path : {"/v2/namespaces/.../query", "/v2/namespaces/a..b",
                                      "/v2/namespaces/%2f", "/v2/namespaces/..a"}) {
    EXPECT_FALSE(match_route("POST", path).dot_segment) << path;
  }
}

}  // namespace
}  // namespace layer::gateway
