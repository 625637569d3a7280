// `layer export` against a server that a test plays, with streams that break off.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "cli/csv_rows.h"
#include "cli/export_ask.h"
#include "cli/export_file.h"
#include "cli/session.h"
#include "cli/transfer.h"
#include "http/test_server.h"

namespace layer::cli {
namespace {

namespace fs = std::filesystem;
using http::testing::TestServer;

constexpr int kRows = 300;

std::string read_file(const fs::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

struct ExportTest : ::testing::Test {
  ExportTest() {
    fs::remove_all(folder);
    fs::create_directories(folder);
  }
  ~ExportTest() override { fs::remove_all(folder); }

  static std::string row(int n) { return fmt::format("{{\"id\":{},\"v\":{}}}\n", n, n * 10); }
  static std::string rows(int from, int to) {
    std::string text;
    for (int n = from; n < to; ++n) {
      text += row(n);
    }
    return text;
  }

  http::Response reply(const http::Request& request, const std::string& body) {
    if (request.target.ends_with("/metadata")) {
      return http::json_response(200, R"({"schema":{"v":{"type":"int"},"id":"uint"}})");
    }
    if (request.method == "POST") {
      asked = body;
      return http::json_response(202, R"({"id":"job-1"})");
    }
    if (request.target.starts_with("/v2/jobs/")) {
      return http::json_response(200, R"({"status":"running","counters":{"total":300}})");
    }
    offsets.push_back(std::stoi(request.target.substr(request.target.find("offset=") + 7)));
    const int from = offsets.back();
    if (breaks-- > 0) {  // within a line, so that half of one is there
      return http::json_response(200, rows(from, from + 100) + R"({"id":)");
    }
    if (status != 200) {
      return http::json_response(status, R"({"status":"error","message":"why"})");
    }
    return http::json_response(200, rows(from, kRows) + R"({"$end":{"status":"completed"}})"
                                                        "\n");
  }
  TestServer server{[this](http::Request& request) -> async::Task<http::Response> {
    const auto text = co_await http::read_all(*request.body, 1 << 20U);
    co_return reply(request, *text);
  }};

  int run_export(std::map<std::string, std::string> flags) {
    Settings settings;
    settings.base_url = "http://127.0.0.1:" + std::to_string(server.port());
    settings.flags = std::move(flags);
    const auto verb = std::ranges::find(verbs(), "export", &Verb::path);
    ::testing::internal::CaptureStderr();
    ::testing::internal::CaptureStdout();
    const int code = run(*verb, {"docs"}, settings);
    printed = ::testing::internal::GetCapturedStdout();
    said = ::testing::internal::GetCapturedStderr();
    return code;
  }

  const fs::path folder = fs::path(::testing::TempDir()) / "layer-cli-export";
  const std::string out = folder / "rows";
  int breaks = 0;
  int status = 200;
  std::string asked;
  std::string printed;
  std::string said;
  std::vector<int> offsets;
};

TEST_F(ExportTest, a_stream_that_breaks_off_is_gone_on_with_at_its_row) {
  breaks = 2;
  EXPECT_EQ(run_export({}), kOk) << said;
  EXPECT_EQ(printed, rows(0, kRows));
  EXPECT_EQ(offsets, (std::vector{0, 100, 200}));
}

TEST_F(ExportTest, a_file_is_there_whole_or_not_at_all_and_is_gone_on_with) {
  breaks = 1;
  status = 503;
  EXPECT_EQ(run_export({{"out", out}, {"retry-for", "0s"}}), kFailure);
  EXPECT_FALSE(fs::exists(out));
  EXPECT_EQ(read_file(out + ".partial"), rows(0, 100));
  // A process that was killed may have written more than it had noted.
  std::ofstream(out + ".partial", std::ios::app) << R"({"id":100,"v":1000}{"id")";
  status = 200;
  asked.clear();
  EXPECT_EQ(run_export({{"out", out}, {"resume", "true"}}), kOk) << said;
  EXPECT_EQ(asked, "") << "the job is the one that was begun";
  EXPECT_EQ(read_file(out), rows(0, kRows));
  EXPECT_FALSE(fs::exists(out + ".partial"));
  EXPECT_FALSE(fs::exists(out + ".partial.json"));
}

TEST_F(ExportTest, another_export_in_the_file_is_not_gone_on_with) {
  breaks = 1;
  status = 503;
  EXPECT_EQ(run_export({{"out", out}, {"retry-for", "0s"}}), kFailure);
  status = 200;
  EXPECT_EQ(run_export({{"out", out}, {"resume", "true"}, {"attributes", "v"}}), kOk);
  EXPECT_EQ(asked, R"({"include_attributes":["v"]})");
  EXPECT_EQ(read_file(out), rows(0, kRows));
}

TEST_F(ExportTest, what_the_server_refuses_ends_it_with_the_servers_words) {
  for (const auto& [code, exit_code] :
       {std::pair{404, kNotFound}, {410, kFailure}, {422, kFailure}, {403, kRefused}}) {
    status = code;
    EXPECT_EQ(run_export({}), exit_code);
    EXPECT_NE(said.find(fmt::format("{} why", code)), std::string::npos) << said;
  }
}

TEST_F(ExportTest, csv_has_the_columns_of_the_schema) {
  EXPECT_EQ(run_export({{"format", "csv"}}), kOk) << said;
  EXPECT_TRUE(printed.starts_with("id,v\r\n0,0\r\n1,10\r\n")) << printed.substr(0, 40);
  EXPECT_EQ(std::ranges::count(printed, '\n'), kRows + 1);
}

TEST_F(ExportTest, flags_that_mean_nothing_are_told) {
  const std::map<std::string, std::string> cases[] = {
      {{"format", "parquet"}}, {{"format", "xml"}},    {{"filters", "[odd"}},
      {{"resume", "true"}},    {{"page-size", "odd"}}, {{"retry-for", "odd"}}};
  for (const auto& flags : cases) {
    EXPECT_EQ(run_export(flags), kUsage) << flags.begin()->first;
    EXPECT_NE(said.find("--" + flags.begin()->first), std::string::npos) << said;
  }
  EXPECT_TRUE(offsets.empty());
}

TEST_F(ExportTest, filters_are_sent_as_they_were_typed) {
  EXPECT_EQ(run_export({{"filters", R"(["a","Eq",1.50])"}, {"threads", "2"}}), kOk);
  EXPECT_EQ(asked, R"({"threads":2,"filters":["a","Eq",1.50]})");
}

TEST(CsvRows, prints_values_as_rfc_4180_wants_them) {
  CsvRows csv({"id", "t", "n", "l", "a,b"});
  EXPECT_EQ(csv.header(), "id,t,n,l,\"a,b\"\r\n");
  const std::pair<const char*, const char*> cases[] = {
      {R"({"id":1,"t":"plain","n":1.50,"l":[1, 2],"a,b":true})",
       "1,plain,1.50,\"[1, 2]\",true\r\n"},
      {R"({"n":null,"id":18446744073709551615})", "18446744073709551615,,,,\r\n"},
      {R"({"id":"a","t":""})", "a,\"\",,,\r\n"},
      {R"({"id":"a","t":"say \"hi\",\nthen go"})", "a,\"say \"\"hi\"\",\nthen go\",,,\r\n"},
      {R"({"id":"a","t":" x"})", "a,\" x\",,,\r\n"},
      {R"({"id":2,"l":["x","y\"z"]})", "2,,,\"[\"\"x\"\",\"\"y\\\"\"z\"\"]\",\r\n"},
      {R"({"id":3,"other":{"deep":[1]}})", "3,,,,\r\n"}};
  for (const auto& [line, expected] : cases) {
    std::string printed;
    const auto done = csv.append(printed, line);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(printed, expected);
  }
  EXPECT_EQ(csv.left_out(), std::set<std::string>{"other"});
  std::string printed;
  for (const char* line : {"", "[1]", "{\"id\":", "{\"id\":1"}) {
    EXPECT_FALSE(csv.append(printed, line)) << line;
  }
}

TEST(CsvColumns, are_stable_whatever_the_order_of_the_schema) {
  const char* const metadata =
      R"({"schema":{"z":{"type":"[]string"},"vector":{"type":"[4]f32"},"id":"uint","a":"int",)"
      R"("many":{"type":"[][4]f32"},"sparse":{"type":"{}f16"},"_hevlayer_upserted_at":"int"}})";
  using Names = std::vector<std::string>;
  EXPECT_EQ(*csv_columns({}, metadata), (Names{"id", "a", "z"}));
  EXPECT_EQ(*csv_columns({.vectors = true}, metadata),
            (Names{"id", "a", "many", "sparse", "vector", "z"}));
  EXPECT_EQ(*csv_columns({.attributes = {"z", "id", "a"}}, metadata), (Names{"id", "z", "a"}));
  EXPECT_FALSE(csv_columns({}, "[]"));
}

TEST(ExportState, comes_back_as_it_was) {
  const ExportState state{.job = "j",
                          .ns = "n",
                          .format = "csv",
                          .ask = R"({"a":1})",
                          .columns = {"id", "a\"b"},
                          .rows = 7,
                          .bytes = 90};
  EXPECT_EQ(parse_state(print_state(state)), state);
  for (const char* text : {"", "{}", "[]", R"({"v":2})", R"({"v":1,"job":3})"}) {
    EXPECT_FALSE(parse_state(text)) << text;
  }
}

TEST(TransferLine, tells_how_far_how_fast_and_how_long) {
  EXPECT_EQ(transfer_line({.rows = 7, .bytes = 999}), "7 rows, 999 B");
  EXPECT_EQ(transfer_line({.rows = 41'200,
                           .bytes = 12'345'678,
                           .rows_since = 16'400,
                           .seconds = 2,
                           .rows_total = 1'041'200}),
            "41,200 rows, 12.3 MB, 8,200 rows/s, 122 s left");
}

}  // namespace
}  // namespace layer::cli
