#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "cli/session.h"
#include "cli/table.h"
#include "http/test_server.h"
#include "testing/source_dir.h"

namespace layer::cli {
namespace {

using http::testing::TestServer;

const Verb& verb(std::string_view path) {
  for (const Verb& candidate : verbs()) {
    if (candidate.path == path) {
      return candidate;
    }
  }
  std::abort();
}

struct CliTest : ::testing::Test {
  std::string seen;
  int status = 200;
  std::string body = "{}";
  TestServer server{[this](http::Request& request) -> async::Task<http::Response> {
    const auto text = co_await http::read_all(*request.body, 1 << 20U);
    seen = request.method + " " + request.target + " " +
           std::string(request.headers.find("authorization").value_or("-")) + " " + text.value();
    co_return http::json_response(status, body);
  }};

  int run_verb(std::string_view path, const std::vector<std::string>& positionals,
               std::string output = "json", std::map<std::string, std::string> flags = {}) {
    Settings settings;
    settings.flags = std::move(flags);
    settings.base_url = "http://127.0.0.1:" + std::to_string(server.port()) + "/base/";
    settings.api_key = "k";
    settings.output = std::move(output);
    return run(verb(path), positionals, settings);
  }
};

TEST_F(CliTest, AQueryIsPostedWithTheKeyAndTheNameEscaped) {
  EXPECT_EQ(run_verb("query", {"a/b", R"({"top_k":1})"}), kOk);
  EXPECT_EQ(seen, R"(POST /base/v2/namespaces/a%2Fb/query Bearer k {"top_k":1})");
}

TEST_F(CliTest, ASearchIsAHybridTextOfTheField) {
  EXPECT_EQ(run_verb("search", {"films", "title", "red fox"}), kOk);
  EXPECT_EQ(seen,
            "POST /base/v2/namespaces/films/query Bearer k "
            R"({"rank_by":["title","HybridText","red fox",{}],"include_attributes":["title"]})");
  const std::map<std::string, std::string> flags{
      {"auto", "true"},  {"embed", "true"},     {"fuzziness", "1"},
      {"top-k", "3"},    {"attributes", "a,b"}, {"filters", R"(["y","Gt",1])"},
      {"cursor", "abc"}, {"breakdown", "true"}};
  EXPECT_EQ(run_verb("search", {"films", "title", "fox"}, "json", flags), kOk);
  EXPECT_EQ(seen,
            "POST /base/v2/namespaces/films/query Bearer k "
            R"({"rank_by":["title","Auto","fox",{"fuzziness":1,"vector":["Embed","fox"]}],)"
            R"("include_attributes":["a","b"],"top_k":3,"cursor":"abc",)"
            R"("include_leg_breakdown":true,"filters":["y","Gt",1]})");
  EXPECT_EQ(run_verb("search", {"films", "title", "fox"}, "json", {{"filters", "["}}), kUsage);
}

TEST_F(CliTest, ASearchTellsWhatItDidInstead) {
  body = R"({"rows":[{"id":1,"title":"fox","$score":0.5}],"routing":{"route":"fused",)"
         R"("executed":false},"hybrid":{"surfaced":true,"fuzzy":"unsupported"}})";
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(run_verb("search", {"films", "title", "fox"}, "table"), kOk);
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "ID  TITLE  $SCORE\n1   fox    5E-1\n");
  const std::string told = ::testing::internal::GetCapturedStderr();
  for (const char* words : {"route fused: needs a vector", "words like them", "misspelled words"}) {
    EXPECT_NE(told.find(words), std::string::npos) << told;
  }
}

TEST_F(CliTest, TheListFollowsItsCursor) {
  body = R"({"namespaces":[{"id":"a"}]})";
  ::testing::internal::CaptureStdout();
  EXPECT_EQ(run_verb("ns list", {}, "table"), kOk);
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "NAME\na\n");
}

TEST_F(CliTest, ExitCodesTellWhatWentWrong) {
  const std::pair<int, int> cases[] = {{404, kNotFound}, {401, kRefused}, {403, kRefused},
                                       {408, kTimedOut}, {500, kFailure}, {422, kFailure}};
  for (const auto& [code, exit_code] : cases) {
    status = code;
    body = R"({"status":"error","error":"why"})";
    ::testing::internal::CaptureStderr();
    EXPECT_EQ(run_verb("ns delete", {"n"}), exit_code);
    EXPECT_NE(::testing::internal::GetCapturedStderr().find("why"), std::string::npos);
  }
  EXPECT_EQ(run_verb("ns list", {}, "xml"), kUsage);
}

TEST_F(CliTest, ResourcesAreListedWithTheirConditions) {
  body = R"({"resources":[{"kind":"Index","metadata":{"name":"films","generation":2},"status":)"
         R"({"conditions":[{"type":"Accepted","status":"False","reason":"ParseError"},)"
         R"({"type":"Ready","status":"True","reason":"Ready"}]}}]})";
  ::testing::internal::CaptureStdout();
  EXPECT_EQ(run_verb("resources ls", {}, "table"), kOk);
  EXPECT_EQ(::testing::internal::GetCapturedStdout(),
            "KIND   NAME   GENERATION  ACCEPTED            READY\n"
            "Index  films  2           False (ParseError)  True\n");
  EXPECT_EQ(run_verb("resources get", {"Index", "a/b"}), kOk);
  EXPECT_EQ(seen, "GET /base/v2/resources/Index/a%2Fb Bearer k ");
  status = 404;
  EXPECT_EQ(run_verb("resources get", {"Index", "nowhere"}), kNotFound);
}

TEST(Resources, ValidateReadsFilesWithoutAServer) {
  const auto examples = testing::source_dir() / "examples/resources";
  const auto folder = std::filesystem::path(::testing::TempDir()) / "layer-cli-resources";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "a.yaml") << "apiVersion: hevlayer.com/v1\nkind: Index\n"
                                      "metadata: {name: films}\nspec: {stmp: true}\n";
  const auto output = [](const std::filesystem::path& path, bool json, int exit_code) {
    Settings settings;
    if (json) {
      settings.flags["json"] = "true";
    }
    ::testing::internal::CaptureStdout();
    EXPECT_EQ(run(verb("resources validate"), {path.string()}, settings), exit_code);
    return ::testing::internal::GetCapturedStdout();
  };
  EXPECT_EQ(output(examples, false, kOk), "5 objects in 4 files: 0 mistakes\n");
  EXPECT_EQ(output(folder, false, kUsage),
            "a.yaml:4:8: Index/films: spec.stmp: is not a known field; did you mean 'stamp'?\n"
            "1 object in 1 file: 1 mistake\n");
  EXPECT_EQ(output(folder, true, kUsage),
            R"({"files":1,"objects":1,"mistakes":[{"file":"a.yaml","line":4,"column":8,)"
            R"("object":"Index/films","path":"spec.stmp","message":"is not a known field",)"
            R"("hint":"did you mean 'stamp'?","reason":"SchemaInvalid"}]})"
            "\n");
  std::filesystem::remove_all(folder);
  EXPECT_EQ(output(folder, false, kUsage), "");
}

TEST(Table, AlignsColumnsAndEscapesControlCharacters) {
  EXPECT_EQ(format_table({"id", "text"}, {{"1", "é"}, {"100", "a\x1b[31m"}}),
            "ID   TEXT\n1    é\n100  a\\x1b[31m\n");
}

}  // namespace
}  // namespace layer::cli
