#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>

#include <boost/json.hpp>

#include "http/test_server.h"
#include "sources/read_source.h"
#include "sources/rest_paging.h"
#include "sources/stager.h"

namespace layer::sources {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

SourceSpec spec_of(SourceKind kind, const char* text) {
  auto spec = parse_source_spec(kind, json::parse(text).as_object());
  EXPECT_TRUE(spec) << spec.error().message;
  return std::move(*spec);
}

struct Folder {
  Folder() {
    std::string name = (fs::temp_directory_path() / "sources-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path); }
  void write(const std::string& name, std::string_view text) const {
    fs::create_directories((path / name).parent_path());
    std::ofstream(path / name, std::ios::binary) << text;
  }
  fs::path path;
};

bool no_wait(milliseconds) {
  return true;
}

TEST(SourceSpec, SaysWhichMemberIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({})", "feeds"},
      {R"({"feeds":["file:///etc/passwd"]})", "no http"},
      {R"({"feeds":["http://a.test"],"mapping":{"id":3}})", "id"},
      {R"({"feeds":["http://a.test"],"chunk":{"strategy":"odd"}})", "strategy"},
      {R"({"feeds":["http://a.test"],"chunk":{"size":5,"overlap":5}})", "overlap"},
      {R"({"feeds":["http://a.test"],"rateLimit":{"requestsPerSecond":0}})", "requestsPerSecond"}};
  for (const auto& [text, named] : cases) {
    const auto spec = parse_source_spec(SourceKind::kFeeds, json::parse(text).as_object());
    ASSERT_FALSE(spec) << text;
    EXPECT_NE(spec.error().message.find(named), std::string::npos) << spec.error().message;
  }
}

TEST(MakeDocument, CutsAndNamesChunksAndKeepsAttributes) {
  const auto spec =
      spec_of(SourceKind::kLines, R"({"path":"x","chunk":{"strategy":"fixed","size":4},
      "mapping":{"id":"key","text":"body.text","attributes":["body.lang","none"]}})");
  const Record record{{"key", 7}, {"body", {{"text", "abcdefgh"}, {"lang", "en"}}}};
  const auto document = make_document(record, spec);
  ASSERT_TRUE(document) << document.error().message;
  EXPECT_EQ(document->id, "7");
  EXPECT_EQ(document->body, R"({"chunks":[{"id":"7#0","text":"abcd","metadata":{"lang":"en"}},)"
                            R"({"id":"7#1","text":"efgh","metadata":{"lang":"en"}}]})");
  Record other = record;
  other["body"].as_object()["lang"] = "de";
  EXPECT_NE(make_document(other, spec)->hash, document->hash);
  EXPECT_FALSE(make_document(Record{{"key", 1}}, spec)) << "no text";
  EXPECT_FALSE(make_document(Record{}, spec)) << "no id";
}

TEST(MakeDocument, AnIdTooLongForRowsIsHashedAndKeptAside) {
  const auto spec = spec_of(SourceKind::kLines, R"({"path":"x"})");
  const std::string id(kDocumentIdBytesMax + 1, 'i');
  const auto document = make_document(Record{{"id", id}, {"text", "t"}}, spec);
  ASSERT_TRUE(document);
  EXPECT_EQ(document->id.size(), 32U);
  EXPECT_NE(document->body.find("\"source_id\":\"" + id), std::string::npos);
}

TEST(Files, OnlyVisibleTextFilesAreRead) {
  const Folder folder;
  folder.write("b.txt", "two");
  folder.write("a/one.md", "one");
  folder.write(".hidden/x.txt", "x");
  folder.write("bytes.bin", std::string_view("\xff\x00\x01", 3));
  std::vector<std::string> read;
  std::vector<std::string> refused;
  const auto spec = spec_of(SourceKind::kDirectory,
                            json::serialize(json::object{{"path", folder.path.string()}}).c_str());
  ASSERT_TRUE(read_source(spec, no_wait, [&](const Result<Record>& record) {
    record ? read.push_back(text_of(record->at("path")))
           : refused.push_back(record.error().message);
    return true;
  }));
  EXPECT_EQ(read, (std::vector<std::string>{"a/one.md", "b.txt"}));
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_NE(refused[0].find("bytes.bin"), std::string::npos);
}

TEST(Position, OutlivesTheProcessAndATornLine) {
  const Folder folder;
  const fs::path path = folder.path / "deep" / "state.jsonl";
  {
    auto position = Position::open(path);
    ASSERT_TRUE(position) << position.error().message;
    ASSERT_TRUE(position->note("a", "1"));
    ASSERT_TRUE(position->note("a", "2"));
    ASSERT_TRUE(position->note("b", "1"));
  }
  std::ofstream(path, std::ios::app) << R"(["c",)";
  const auto again = Position::open(path);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->documents(), 2U);
  EXPECT_TRUE(again->knows("a", "2"));
  EXPECT_FALSE(again->knows("a", "1"));
}

struct Staging : ::testing::Test {
  const SourceSpec spec = spec_of(SourceKind::kLines, R"({"path":"x"})");
  Position position;
  std::deque<Result<GatewayReply>> replies;  // then 200
  std::vector<std::string> puts;
  std::vector<milliseconds> waits;
  std::vector<std::string> said;
  Stager stager{spec, position,
                [this](const std::string& document, const std::string&) -> Result<GatewayReply> {
                  puts.push_back(document);
                  if (replies.empty()) {
                    return GatewayReply{.status = 200};
                  }
                  auto reply = replies.front();
                  replies.pop_front();
                  return reply;
                },
                [this](milliseconds pause) {
                  waits.push_back(pause);
                  return true;
                },
                [this](const std::string& why) { said.push_back(why); }};

  bool take(const char* id, const char* text = "t") {
    return stager.take(Record{{"id", id}, {"text", text}});
  }
};

TEST_F(Staging, OnlyWhatChangedIsStaged) {
  EXPECT_TRUE(take("a") && take("a") && take("a", "other"));
  EXPECT_EQ(puts, (std::vector<std::string>{"a", "a"}));
  EXPECT_EQ(stager.counts().unchanged, 1U);
  EXPECT_EQ(stager.counts().staged, 2U);
}

TEST_F(Staging, ABusyGatewayIsAskedAgainWhenItSays) {
  replies = {GatewayReply{.status = 429, .retry_after = milliseconds(7000)},
             GatewayReply{.status = 503}, fail(ErrorCode::kIo, "refused")};
  EXPECT_TRUE(take("a"));
  EXPECT_EQ(puts.size(), 4U);
  ASSERT_EQ(waits.size(), 3U);
  EXPECT_EQ(waits[0], milliseconds(7000));
  EXPECT_EQ(stager.counts().staged, 1U);
}

TEST_F(Staging, OneDocumentThatFailsStopsNoOther) {
  replies = {GatewayReply{.status = 422, .message = "chunks"}};
  EXPECT_TRUE(take("a"));
  EXPECT_TRUE(stager.take(fail(ErrorCode::kInvalidArgument, "line 2: is no JSON object")));
  EXPECT_TRUE(take("b"));
  EXPECT_EQ(stager.counts().failed, 2U);
  EXPECT_EQ(stager.counts().staged, 1U);
  EXPECT_EQ(said.front(), "a: 422 chunks");
  EXPECT_TRUE(take("a")) << "and is staged the next time";
  EXPECT_EQ(stager.counts().staged, 2U);
}

TEST_F(Staging, ARefusedKeyEndsIt) {
  replies = {GatewayReply{.status = 403, .message = "no"}};
  EXPECT_FALSE(take("a"));
  ASSERT_TRUE(stager.trouble());
  EXPECT_EQ(stager.trouble()->status, 403);
}

TEST_F(Staging, AGatewayThatStaysAwayEndsItAfterAWhile) {
  for (int i = 0; i < 100; ++i) {
    replies.emplace_back(GatewayReply{.status = 503});
  }
  EXPECT_FALSE(take("a"));
  milliseconds waited{0};
  for (const milliseconds pause : waits) {
    waited += pause;
  }
  EXPECT_LE(waited, kPatience);
  EXPECT_GE(waited + kRetryMax, kPatience);
}

TEST(RestPaging, FollowsLinksCursorsAndNumbers) {
  const char* base = "http://a.test/items?x=1";
  const auto at = [&](const char* paging) {
    return spec_of(SourceKind::kRest, json::serialize(json::object{{"url", base},
                                                                   {"items", "/items"},
                                                                   {"paging", json::parse(paging)}})
                                          .c_str())
        .rest;
  };
  const auto page = json::parse(R"({"items":[{}],"meta":{"next":"/items?p=2","cursor":"c9"}})");
  EXPECT_EQ(**next_page(base, page, "", 0, at(R"({"next":"meta.next"})")),
            "http://a.test/items?p=2");
  EXPECT_EQ(**next_page(base, page, R"(</p>; rel="prev", </items?p=3>; rel="next")", 0,
                        at(R"({"next":"header"})")),
            "http://a.test/items?p=3");
  EXPECT_EQ(
      **next_page(base, page, "", 0, at(R"({"cursor":"/meta/cursor","cursorParam":"after"})")),
      "http://a.test/items?x=1&after=c9");
  const auto numbered = at(R"({"pageParam":"page","firstPage":0})");
  EXPECT_EQ(first_page(numbered), "http://a.test/items?x=1&page=0");
  EXPECT_EQ(**next_page(first_page(numbered), page, "", 0, numbered),
            "http://a.test/items?x=1&page=1");
  const auto last = json::parse(R"({"items":[],"meta":{"next":null}})");
  EXPECT_EQ(*next_page(base, last, "", 1, numbered), std::nullopt);
  EXPECT_EQ(*next_page(base, last, "", 0, at(R"({"next":"meta.next"})")), std::nullopt);
}

TEST(RestPaging, ALinkToAnotherHostOrToItselfIsRefused) {
  const auto rest =
      spec_of(SourceKind::kRest, R"({"url":"http://a.test/i","paging":{"next":"next"}})").rest;
  EXPECT_FALSE(
      next_page("http://a.test/i", json::parse(R"({"next":"http://b.test/"})"), "", 0, rest));
  EXPECT_FALSE(next_page("http://a.test/i", json::parse(R"({"next":"/i"})"), "", 0, rest));
}

TEST(ReadSource, AnApiIsReadPageByPageWithItsHeadersAndASecondTryWhenBusy) {
  std::vector<std::string> seen;
  bool busy = true;
  http::testing::TestServer server([&](http::Request& request) -> async::Task<http::Response> {
    seen.push_back(request.target + " " + std::string(request.headers.find("x-key").value_or("")));
    if (std::exchange(busy, false)) {
      auto response = http::json_response(429, "{}");
      response.headers.add("retry-after", "3");
      co_return response;
    }
    co_return http::json_response(200, request.target == "/v1/items?n=2"
                                           ? R"({"data":[{"id":1},7],"next":"/v1/items?n=2&c=2"})"
                                           : R"({"data":[{"id":2}],"next":null})");
  });
  const auto spec = spec_of(
      SourceKind::kRest,
      json::serialize(json::object{{"baseUrl", "http://127.0.0.1:" + std::to_string(server.port())},
                                   {"path", "v1/items"},
                                   {"query", {{"n", 2}}},
                                   {"items", "data"},
                                   {"headers", {{"x-key", "secret"}}},
                                   {"paging", {{"next", "next"}}}})
          .c_str());
  std::vector<milliseconds> waits;
  std::string ids;
  std::size_t odd = 0;
  ASSERT_TRUE(read_source(
      spec,
      [&](milliseconds pause) {
        waits.push_back(pause);
        return true;
      },
      [&](const Result<Record>& record) {
        record ? void(ids += text_of(record->at("id"))) : void(++odd);
        return true;
      }));
  EXPECT_EQ(ids, "12");
  EXPECT_EQ(odd, 1U);
  EXPECT_EQ(waits, std::vector<milliseconds>{milliseconds(3000)});
  EXPECT_EQ(seen, (std::vector<std::string>{"/v1/items?n=2 secret", "/v1/items?n=2 secret",
                                            "/v1/items?n=2&c=2 secret"}));
}

}  // namespace
}  // namespace layer::sources
