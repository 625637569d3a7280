#include "gateway/routes/resources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/routes/test_routes.h"
#include "resources/catalog_builder.h"

namespace layer::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kObjects = R"(
apiVersion: hevlayer.com/v1
kind: Index
metadata: {name: docs, labels: {team: search}}
spec: {}
---
apiVersion: hevlayer.com/v1
kind: Index
metadata: {name: films}
spec: {}
---
apiVersion: hevlayer.com/v1alpha1
kind: VectorStore
metadata: {name: us}
spec:
  kind: turbopuffer
  default: true
  endpoint: {url: "https://api.example.com", region: r}
  credential: {secretRef: {name: store-key, key: token}}
)";

class FixedSource final : public resources::ResourceSource {
 public:
  FixedSource() {
    auto parsed = resources::parse_objects(kObjects, resources::TextFormat::kYaml, "all.yaml");
    const resources::FileObjects file{.name = "all.yaml", .objects = std::move(parsed.objects)};
    catalog_ = resources::CatalogBuilder().build({&file, 1});
  }
  Result<void> start() override { return {}; }
  void stop() override {}
  std::shared_ptr<const resources::Catalog> current() const override { return catalog_; }
  void on_change(std::function<void()>) override {}

 private:
  std::shared_ptr<const resources::Catalog> catalog_;
};

class ResourceRoutes : public ::testing::Test {
 protected:
  TestRoutes routes;
  FixedSource source;
  resources::StatusTable statuses{[] { return 0; }};
  Resources handler{{.source = source, .statuses = statuses, .router = routes.router}};
};

TEST_F(ResourceRoutes, ListEverythingWithItsStatus) {
  const auto* index = source.current()->find<resources::IndexSpec>("docs");
  ASSERT_NE(index, nullptr);
  statuses.set_observed(index->status_key, 1);
  const auto answer = routes.ask(handler, "/v2/resources");
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->body.starts_with(R"({"resources":[{"apiVersion":"hevlayer.com/)"));
  EXPECT_THAT(answer->body, HasSubstr(R"("kind":"Index","metadata":{"name":"docs",)"
                                      R"("labels":{"team":"search"},"generation":1},"spec":{)"));
  EXPECT_THAT(answer->body, HasSubstr(R"("status":{"observedGeneration":1,"conditions":[)"));
  EXPECT_THAT(answer->body, HasSubstr(R"("name":"films")"));
  EXPECT_THAT(answer->body, HasSubstr(R"("secretRef":{)")) << "the name of a secret is none";
}

TEST_F(ResourceRoutes, ListOneKindInAnyOfItsSpellings) {
  for (const char* kind : {"Index", "index", "indexes"}) {
    const auto answer = routes.ask(handler, std::string("/v2/resources/") + kind);
    ASSERT_TRUE(answer) << kind;
    EXPECT_THAT(answer->body, HasSubstr(R"("name":"docs")")) << kind;
    EXPECT_THAT(answer->body, Not(HasSubstr("VectorStore"))) << kind;
  }
  EXPECT_EQ(routes.ask(handler, "/v2/resources/Gadget").error().code, ErrorCode::kNotFound);
}

TEST_F(ResourceRoutes, AnswerForOneResource) {
  const auto answer = routes.ask(handler, "/v2/resources/Index/films");
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->body, HasSubstr(R"("name":"films")"));
  EXPECT_THAT(answer->body, Not(HasSubstr(R"("name":"docs")")));
  EXPECT_EQ(routes.ask(handler, "/v2/resources/Index/none").error().code, ErrorCode::kNotFound);
}

TEST_F(ResourceRoutes, ShowWhatTheKeyMayRead) {
  const auto answer = routes.ask(handler, "/v2/resources", reader_of("us", "fil*"));
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->body, HasSubstr(R"("name":"films")"));
  EXPECT_THAT(answer->body, Not(HasSubstr(R"("name":"docs")")));
  EXPECT_FALSE(routes.ask(handler, "/v2/resources/Index/docs", reader_of("us", "fil*")));
}

}  // namespace
}  // namespace layer::gateway
