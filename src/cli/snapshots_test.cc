#include <gtest/gtest.h>

#include "cli/session.h"
#include "http/test_server.h"

namespace layer::cli {
namespace {

using http::testing::TestServer;

struct SnapshotVerbs : ::testing::Test {
  std::vector<std::string> seen;
  std::string body = "{}";
  TestServer server{[this](http::Request& request) -> async::Task<http::Response> {
    const auto sent = co_await http::read_all(*request.body, 1 << 20);
    seen.push_back(request.method + " " + request.target + (sent->empty() ? "" : " " + *sent));
    co_return http::json_response(200, body);
  }};

  std::string run_verb(std::string_view path, const std::vector<std::string>& positionals,
                       std::map<std::string, std::string> flags = {},
                       const std::string& output = "table") {
    Settings settings;
    settings.base_url = "http://127.0.0.1:" + std::to_string(server.port());
    settings.output = output;
    settings.flags = std::move(flags);
    for (const Verb& verb : verbs()) {
      if (verb.path == path) {
        ::testing::internal::CaptureStdout();
        EXPECT_EQ(run(verb, positionals, settings), kOk);
        return ::testing::internal::GetCapturedStdout();
      }
    }
    std::abort();
  }
};

TEST_F(SnapshotVerbs, ReadWhatTheyAreAskedFor) {
  run_verb("snapshot latest", {"a/b"}, {{"field", "lang"}});
  run_verb("snapshot get", {"docs", "0123456"});
  run_verb("snapshot diff", {"docs"}, {{"field", "lang"}, {"from", "7d"}});
  run_verb("index snapshot", {"docs"}, {{"field", "lang,year"}, {"source", "origin"}});
  run_verb("index policy", {"docs"});
  run_verb("index policy", {"docs"}, {{"facet-fields", "lang"}, {"interval", "10m"}});
  EXPECT_EQ(
      seen,
      (std::vector<std::string>{
          "GET /v2/namespaces/a%2Fb/snapshots/latest?field=lang",
          "GET /v2/namespaces/docs/snapshots/0123456",
          "GET /v2/namespaces/docs/snapshots/diff?field=lang&from=7d",
          R"(POST /v2/namespaces/docs/snapshots {"fields":["lang","year"],"source":"origin"})",
          "GET /v2/namespaces/docs/snapshot-policy",
          R"(PUT /v2/namespaces/docs/snapshot-policy {"facetFields":["lang"],"interval":"10m"})"}));
}

TEST_F(SnapshotVerbs, ShowValuesAndChangesAsTables) {
  body = R"({"sha":"0123456789abcdef","watermark_ms":5,"row_count":3,"exact":true,)"
         R"("fields":[{"name":"lang","values":[{"n":2,"v":"de"}]}],)"
         R"("fields_skipped":[{"name":"title","reason":"exceeded_cap"}]})";
  const std::string values = run_verb("snapshot latest", {"docs"});
  EXPECT_NE(values.find("lang   de"), std::string::npos) << values;
  EXPECT_NE(values.find("title  (exceeded_cap)"), std::string::npos) << values;
  EXPECT_EQ(run_verb("snapshot latest", {"docs"}, {}, "json"), body + "\n");

  body = R"({"field":"lang","appeared":[{"v":"nl","n":2}],"vanished":[],)"
         R"("grown":[{"v":"de","from":1,"to":3,"delta":2}],"shrunk":[]})";
  const std::string changes = run_verb("snapshot diff", {"docs"}, {{"from", "1d"}});
  EXPECT_NE(changes.find("1 -> 3"), std::string::npos) << changes;
}

}  // namespace
}  // namespace layer::cli
