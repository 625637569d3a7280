#include "engine/routes/router.h"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <string>

#include "engine/routes/cursor.h"
#include "engine/routes/table.h"

namespace layer::engine::routes {
namespace {

std::unexpected<Error> not_found(std::string_view name) {
  return fail(ErrorCode::kNotFound, "🤷 namespace '" + std::string(name) + "' was not found");
}

// A catalog of empty namespaces that notes what was asked of it.
class FakeCatalog final : public ns::Catalog {
 public:
  std::set<std::string, std::less<>> names{"demo"};
  ns::Settings settings;
  std::shared_ptr<wire::Schema> schema = std::make_shared<wire::Schema>();
  std::optional<ns::SettingsUpdate> update;
  bool out_of_memory = false;

  ns::NamePage list(std::string_view prefix, std::string_view start_after,
                    std::size_t page_size) override {
    ns::NamePage page;
    for (const std::string& name : names) {
      if (name.starts_with(prefix) && name > start_after && page.names.size() < page_size) {
        page.names.push_back(name);
      }
    }
    return page;
  }
  Result<std::shared_ptr<const Snapshot>> snapshot(std::string_view name) override {
    if (out_of_memory) {
      throw std::bad_alloc();
    }
    if (!names.contains(name)) {
      return not_found(name);
    }
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->schema = schema;
    return snapshot;
  }
  Result<ns::Metadata> metadata(std::string_view name) override {
    if (!names.contains(name)) {
      return not_found(name);
    }
    ns::Metadata metadata;
    metadata.schema = schema;
    metadata.settings = settings;
    return metadata;
  }
  Result<wire::WriteResponse> write(std::string_view name, wire::WriteRequest request) override {
    if (request.copy_from_namespace &&
        !names.contains(request.copy_from_namespace->source_namespace)) {
      return not_found(request.copy_from_namespace->source_namespace);
    }
    names.emplace(name);
    wire::WriteResponse response;
    response.rows_upserted = request.upserts ? request.upserts->size() : 0;
    return response;
  }
  Result<std::shared_ptr<const wire::Schema>> update_schema(
      std::string_view name, const wire::SchemaInput& input) override {
    if (!names.contains(name)) {
      return not_found(name);
    }
    for (const auto& attribute : input.attributes) {
      schema->add({.name = attribute.name, .type = wire::parse_type(attribute.type).value()});
    }
    return schema;
  }
  Result<ns::Metadata> update_settings(std::string_view name,
                                       const ns::SettingsUpdate& wanted) override {
    update = wanted;
    settings.read_only = wanted.read_only.value_or(settings.read_only);
    if (wanted.replicas) {
      settings.pinning.reset();
      if (*wanted.replicas) {
        settings.pinning = ns::Pinning{.replicas = **wanted.replicas};
      }
    }
    return metadata(name);
  }
  Result<void> remove(std::string_view name) override {
    if (names.erase(std::string(name)) == 0) {
      return not_found(name);
    }
    return {};
  }
  Result<void> warm(std::string_view) override { return {}; }
  Result<void> settle(std::string_view) override { return {}; }
  void stop() override {}
};

class Router : public ::testing::Test {
 protected:
  wire::Response ask(wire::Method method, std::string path, std::string body = "",
                     std::string query = "", bool respond_async = false) {
    return dispatch(services_, {.method = method,
                                .path = std::move(path),
                                .query = std::move(query),
                                .body = std::move(body),
                                .respond_async = respond_async});
  }
  wire::Response get(std::string path, std::string query = "") {
    return ask(wire::Method::kGet, std::move(path), "", std::move(query));
  }
  wire::Response post(std::string path, std::string body) {
    return ask(wire::Method::kPost, std::move(path), std::move(body));
  }

  FakeCatalog catalog_;
  Background background_{{}};
  Operations operations_{{.grace = std::chrono::milliseconds(3'600'000)}, background_};
  async::Crew crew_{0};
  Services services_{
      .catalog = catalog_, .background = background_, .operations = operations_, .crew = crew_};
};

TEST_F(Router, EveryRouteAnswersForAMissingNamespaceWith404) {
  for (const Route& route : route_table()) {
    std::string path(route.pattern);
    const std::size_t ns = path.find("{ns}");
    if (ns == std::string::npos) {
      continue;
    }
    path.replace(ns, 4, "missing");
    const bool writes =
        route.method == wire::Method::kPost &&
        (route.pattern == "/v2/namespaces/{ns}" || route.pattern == "/v1/namespaces/{ns}" ||
         route.pattern == "/v2/namespaces/{ns}/async");
    if (writes) {
      continue;  // they create the namespace
    }
    const std::string body = route.pattern == "/v2/namespaces/{ns}/query" ||
                                     route.pattern == "/v2/namespaces/{ns}/explain_query"
                                 ? R"({"rank_by":["id","asc"],"limit":1})"
                             : route.pattern == "/v1/namespaces/{ns}/query" ? R"({"top_k":1})"
                                                                            : "{}";
    const auto response = ask(route.method, path, body);
    EXPECT_EQ(response.status, 404) << path << " " << response.body;
  }
}

TEST_F(Router, NamesOfNamespacesAreCheckedOnEveryRoute) {
  for (const Route& route : route_table()) {
    std::string path(route.pattern);
    const std::size_t ns = path.find("{ns}");
    if (ns == std::string::npos) {
      continue;
    }
    path.replace(ns, 4, "bad%20name");
    const auto response = ask(route.method, path, "{}");
    EXPECT_EQ(response.status, 400) << path;
    EXPECT_EQ(response.content_type, "text/plain; charset=utf-8");
    EXPECT_EQ(response.body,
              "Invalid URL: Namespace contains invalid characters, must be [A-Za-z0-9-_.]");
  }
}

TEST_F(Router, UnknownPathsAre404AndUnknownMethods405) {
  for (const char* path :
       {"/", "", "/v3/anything", "/v1", "/v2/namespaces", "/v1/namespaces/a/b/c/d",
        "/v1/namespacesx", "/v1/vectorsx", "v1/namespaces"}) {
    const auto response = get(path);
    EXPECT_EQ(response.status, 404) << path;
    EXPECT_TRUE(response.body.starts_with(R"({"status":"error")")) << response.body;
  }
  const auto response = ask(wire::Method::kPut, "/v2/namespaces/demo");
  EXPECT_EQ(response.status, 405);
  ASSERT_EQ(response.headers.size(), 1U);
  EXPECT_EQ(response.headers[0].second, "POST, DELETE");
}

TEST_F(Router, TheOldNameOfTheCollectionIsAnAlias) {
  EXPECT_EQ(get("/v1/vectors").body, get("/v1/namespaces").body);
  EXPECT_EQ(get("/v1/vectors/demo/schema").status, 200);
  EXPECT_EQ(get("/v1/namespaces/").status, 200);
}

TEST_F(Router, ListsPagesWithACursorWhileTheyAreFull) {
  catalog_.names = {"a", "b", "c"};
  EXPECT_EQ(get("/v1/namespaces").body,
            R"({"namespaces":[{"id":"a"},{"id":"b"},{"id":"c"}],"next_cursor":null})");
  const auto first = get("/v1/namespaces", "page_size=2");
  EXPECT_EQ(first.body,
            R"({"namespaces":[{"id":"a"},{"id":"b"}],"next_cursor":")" + list_cursor("b") + "\"}");
  EXPECT_EQ(get("/v1/namespaces", "page_size=2&cursor=" + list_cursor("b")).body,
            R"({"namespaces":[{"id":"c"}],"next_cursor":null})");
  EXPECT_EQ(get("/v1/namespaces", "prefix=b&cursor=").body,
            R"({"namespaces":[{"id":"b"}],"next_cursor":null})");
}

TEST_F(Router, PageSizesAreBounded) {
  EXPECT_EQ(get("/v1/namespaces", "page_size=0").body,
            R"({"status":"error","error":"💔 Page size must be in range 1..=1000, was 0"})");
  EXPECT_EQ(get("/v1/namespaces", "page_size=1001").status, 400);
  const auto response = get("/v1/namespaces", "page_size=ten");
  EXPECT_EQ(response.status, 400);
  EXPECT_TRUE(response.content_type.starts_with("text/plain"));
  EXPECT_EQ(get("/v1/namespaces", "cursor=zzz").status, 400);
}

TEST_F(Router, WritesAnswerWithWhatTheyDid) {
  const auto response = post("/v2/namespaces/fresh", R"({"upsert_rows":[{"id":1},{"id":2}]})");
  EXPECT_EQ(response.status, 200);
  EXPECT_NE(response.body.find(R"("rows_upserted":2)"), std::string::npos) << response.body;
  EXPECT_TRUE(catalog_.names.contains("fresh"));
}

TEST_F(Router, ErrorsOfShapeAndMeaningKeepTheirStatus) {
  EXPECT_EQ(post("/v2/namespaces/demo", "{").status, 400);
  EXPECT_EQ(post("/v2/namespaces/demo", R"({"upsert_rows":{}})").status, 422);
  EXPECT_EQ(post("/v2/namespaces/demo", "{}").status, 400);
  EXPECT_EQ(post("/v2/namespaces/demo/query", R"({"consistency":"eventual"})").status, 422);
}

TEST_F(Router, ACopyMayGoOnAfterItsAnswer) {
  const std::string body = R"({"copy_from_namespace":"demo"})";
  EXPECT_EQ(ask(wire::Method::kPost, "/v2/namespaces/a", body, "", true).status, 200);
  EXPECT_EQ(
      ask(wire::Method::kPost, "/v2/namespaces/b", body, "stainless_overload=copyFrom").status,
      200);
  const auto missing = ask(wire::Method::kPost, "/v2/namespaces/c",
                           R"({"copy_from_namespace":"missing"})", "", true);
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.body, R"({"status":"error","error":"🤷 namespace 'missing' was not found"})");
}

TEST_F(Router, DeletesInBothVersionsWords) {
  catalog_.names = {"a", "b"};
  EXPECT_EQ(ask(wire::Method::kDelete, "/v2/namespaces/a").body, R"({"status":"OK"})");
  EXPECT_EQ(ask(wire::Method::kDelete, "/v1/namespaces/b").body, R"({"status":"ok"})");
  EXPECT_TRUE(catalog_.names.empty());
}

TEST_F(Router, ACopyIsStartedAndPolled) {
  const auto started = ask(wire::Method::kPost, "/v2/namespaces/b/async",
                           R"({"copy_from_namespace":{"source_namespace":"missing"}})",
                           "stainless_overload=startCopyFrom");
  EXPECT_EQ(started.status, 202) << started.body;
  EXPECT_TRUE(started.headers.empty());
  const std::string token = started.body.substr(10, started.body.size() - 12);
  std::string body;
  while (!body.contains(R"("finished")")) {
    const auto polled = ask(wire::Method::kGet, "/v1/namespaces/b/operations/" + token, "",
                            "stainless_overload=pollCopyFrom");
    ASSERT_EQ(polled.status, 200) << polled.body;
    body = polled.body;
  }
  EXPECT_TRUE(body.contains(R"("start_time":")") && body.contains(R"("finish_time":")")) << body;
  EXPECT_TRUE(body.contains(R"("result":{"error":{"status_code":404,"detail":)")) << body;
  EXPECT_EQ(post("/v2/namespaces/b/async", R"({"upsert_rows":[{"id":1}]})").status, 400);
  EXPECT_EQ(post("/v2/namespaces/b/async", "{").status, 400);
}

TEST_F(Router, SchemasAreReadAndUpdated) {
  catalog_.schema->id_type = wire::IdType::kUint;
  const auto updated = post("/v1/namespaces/demo/schema", R"({"a":"string"})");
  EXPECT_EQ(updated.status, 200);
  EXPECT_EQ(updated.body, R"({"id":{"type":"uint","filterable":null,"full_text_search":null},)"
                          R"("a":{"type":"string","filterable":true,"full_text_search":null}})");
  EXPECT_EQ(get("/v1/namespaces/demo/schema").body, updated.body);
  const auto wrapped = post("/v1/namespaces/demo/schema", R"({"schema":{"a":"string"}})");
  EXPECT_EQ(wrapped.status, 422);
  EXPECT_NE(wrapped.body.find("untagged enum AttributeSchemaInput"), std::string::npos);
}

TEST_F(Router, MetadataOfAFreshNamespaceHasExactlyTheseMembers) {
  catalog_.schema->id_type = wire::IdType::kUint;
  catalog_.settings.last_write_at = wire::Datetime{1000};
  const std::string time = R"("1970-01-01T00:00:00.000000000Z")";
  const std::string common =
      R"({"schema":{"id":{"type":"uint"}},"approx_logical_bytes":0,"approx_row_count":0,)"
      R"("created_at":)" +
      time + R"(,"updated_at":)" + time +
      R"(,"last_write_at":"1970-01-01T00:00:01.000000000Z","encryption":)";
  EXPECT_EQ(get("/v2/namespaces/demo/metadata").body,
            common + R"({"mode":"default"},"index":{"status":"up-to-date"}})");
  EXPECT_EQ(get("/v1/namespaces/demo/metadata").body,
            common + R"({"sse":true},"index":{"status":"up-to-date"}})");
}

TEST_F(Router, SettingsArePatched) {
  const auto patch = [this](std::string body) {
    return ask(wire::Method::kPatch, "/v1/namespaces/demo/metadata", std::move(body));
  };
  EXPECT_NE(
      patch(R"({"pinning":{"replicas":2},"read_only":true,"other":1})")
          .body.find(R"("pinning":{"replicas":2,"status":{"ready_replicas":2,"utilization":0.0)"),
      std::string::npos);
  EXPECT_TRUE(catalog_.settings.read_only);
  patch(R"({"pinning":true})");
  EXPECT_EQ(catalog_.settings.pinning->replicas, 1U);
  EXPECT_TRUE(catalog_.settings.read_only);
  patch(R"({"pinning":null})");
  EXPECT_FALSE(catalog_.settings.pinning);
  patch("{}");
  EXPECT_FALSE(catalog_.update->replicas);
  EXPECT_EQ(patch(R"({"pinning":{"replicas":0}})").body,
            R"({"status":"error","error":"💔 replicas must be greater than 0"})");
  for (const char* body :
       {R"({"pinning":"yes"})", R"({"pinning":{}})", R"({"pinning":{"replicas":-1}})"}) {
    const auto response = patch(body);
    EXPECT_EQ(response.status, 422);
    EXPECT_NE(response.body.find(
                  "pinning: data did not match any variant of untagged enum UpdatePinningInput"),
              std::string::npos)
        << response.body;
  }
}

TEST_F(Router, AWarmHintIsAccepted) {
  const auto response = get("/v1/namespaces/demo/hint_cache_warm");
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(response.body, R"({"status":"ACCEPTED","message":"cache warm hint accepted"})");
}

TEST_F(Router, RecallChecksItsNumbers) {
  const std::string path = "/v1/namespaces/demo/_debug/recall";
  for (const char* body : {R"({"num":0})", R"({"top_k":0})", R"({"top_k":10001})",
                           R"({"num":2,"rank_by":["vector","ANN",[1]]})"}) {
    EXPECT_EQ(post(path, body).status, 400) << body;
  }
  EXPECT_EQ(post(path, R"({"num":"x"})").status, 422);
  EXPECT_EQ(ask(wire::Method::kGet, path, "", "num=0").status, 400);
}

TEST_F(Router, HeadAnswersInHeaders) {
  catalog_.schema->add(
      {.name = "vector", .type = {.kind = wire::Kind::kDense, .dims = 3}, .ann = true});
  const auto response = ask(wire::Method::kHead, "/v1/namespaces/demo");
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(response.body.empty());
  ASSERT_EQ(response.headers.size(), 3U);
  EXPECT_EQ(response.headers[0].second, "3");
  const auto missing = ask(wire::Method::kHead, "/v1/namespaces/missing");
  EXPECT_EQ(missing.status, 404);
  EXPECT_TRUE(missing.body.empty());
}

TEST_F(Router, RunningOutOfMemoryIsAnAnswer) {
  catalog_.out_of_memory = true;
  const auto response = get("/v1/namespaces/demo/schema");
  EXPECT_EQ(response.status, 500);
  EXPECT_TRUE(response.body.starts_with(R"({"status":"error")"));
}

}  // namespace
}  // namespace layer::engine::routes
