#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cli/session.h"
#include "http/test_server.h"

namespace layer::cli {
namespace {

using http::testing::TestServer;

class NsStatusTest : public ::testing::Test {
 protected:
  std::vector<std::string> asked;
  std::vector<std::string> bodies;  // in turn; the last one repeats
  TestServer server{[this](http::Request& request) -> async::Task<http::Response> {
    asked.push_back(request.target);
    co_return http::json_response(200, bodies.at(std::min(asked.size(), bodies.size()) - 1));
  }};

  std::string print(std::string_view path, const std::vector<std::string>& positionals,
                    bool watch = false) {
    Settings settings;
    settings.base_url = "http://127.0.0.1:" + std::to_string(server.port());
    settings.output = "json";
    if (watch) {
      settings.flags["watch"] = "true";
    }
    for (const Verb& verb : verbs()) {
      if (verb.path == path) {
        ::testing::internal::CaptureStdout();
        EXPECT_EQ(run(verb, positionals, settings), kOk);
        return ::testing::internal::GetCapturedStdout();
      }
    }
    return "no such verb";
  }
};

TEST_F(NsStatusTest, ShowsWhatTheGatewayKnows) {
  bodies = {R"({"schema":{},"layer":{"stable_as_of":5,"is_stable":false}})"};
  EXPECT_EQ(print("status", {"a/b"}), "{\"stable_as_of\":5,\"is_stable\":false}\n");
  EXPECT_EQ(asked.front(), "/v2/namespaces/a%2Fb/metadata?layer=true");
}

TEST_F(NsStatusTest, WatchesUntilTheIndexIsStable) {
  bodies = {R"({"layer":{"is_stable":false}})", R"({"layer":{"is_stable":true}})"};
  EXPECT_EQ(print("status", {"n"}, true), "{\"is_stable\":false}\n{\"is_stable\":true}\n");
}

TEST_F(NsStatusTest, EndsWhereNothingIsSaidOfTheIndex) {
  bodies = {R"({"schema":{}})"};
  EXPECT_EQ(print("status", {"n"}, true), "{\"schema\":{}}\n");
}

TEST_F(NsStatusTest, ShowsWhereARowIs) {
  bodies = {R"({"id":7,"exists":true,"indexed":"no"})"};
  EXPECT_EQ(print("where", {"n", "x/7"}), bodies.front() + "\n");
  EXPECT_EQ(asked.front(), "/v2/namespaces/n/documents/x%2F7/where");
}

}  // namespace
}  // namespace layer::cli
