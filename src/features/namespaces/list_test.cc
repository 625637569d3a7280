#include "features/namespaces/list.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "async/deadline.h"
#include "async/loops.h"
#include "async/run.h"
#include "async/task_group.h"
#include "features/namespaces/test_indexes.h"
#include "json/document.h"
#include "testing/fake_store.h"

namespace layer::features::namespaces {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::string_view kMetadata =
    R"({"schema":{"id":{"type":"uint"},"vector":{"type":"[4]f32"},"_hevlayer_shard":{"type":"int"}},)"
    R"("approx_logical_bytes":90,"approx_row_count":9,"last_write_at":"2026-01-02T00:00:00Z",)"
    R"("index":{"status": "up-to-date"}})";

class List : public ::testing::Test {
 protected:
  List() {
    const auto script = [this](const layer::testing::SeenCall& call) {
      return answer(call.target);
    };
    us.script(script);
    eu.script(script);
  }
  async::Task<Result<store::Answer>> answer(std::string target) {
    in_flight_max = std::max(in_flight_max, ++in_flight);
    co_await async::sleep_for(std::chrono::milliseconds(1));
    --in_flight;
    const auto scripted = answers.find(target);
    const bool metadata = target.ends_with("/metadata");
    const auto& [status, body] = scripted != answers.end()
                                     ? scripted->second
                                     : std::pair<int, std::string>(metadata ? 200 : 404, kMetadata);
    co_return layer::testing::answer(status, body);
  }
  void names(const std::string& target, std::initializer_list<const char*> listed_names,
             const char* cursor = nullptr) {
    std::string body = R"({"namespaces":[)";
    for (const char* name : listed_names) {
      body += body.back() == '[' ? "" : ",";
      body += std::string(R"({"id":")") + name + "\"}";
    }
    body += "],\"next_cursor\":";
    body += cursor ? "\"" + std::string(cursor) + "\"}" : "null}";
    answers[target] = {200, body};
  }
  store::VectorStore* find(std::string_view name) {
    return name == "eu" ? &eu : name.empty() || name == "us" ? &us : nullptr;
  }
  Result<store::Answer> ask(ListQuery query) {
    return async::run_blocking(loops.at(0), [&] { return list.list(query, may_read); });
  }
  std::vector<std::string> listed(const Result<store::Answer>& got) {
    std::vector<std::string> out;
    const auto document = json::Document::parse(got.value().body);
    for (const auto entry : document.value().root()["namespaces"].get_array()) {
      out.emplace_back(std::string_view(entry["name"]));
    }
    return out;
  }
  static std::vector<std::string> asked(const layer::testing::FakeStore& store) {
    std::vector<std::string> targets;
    for (const auto& call : store.calls()) {
      targets.push_back(call.target);
    }
    return targets;
  }
  std::string cursor_of(const Result<store::Answer>& got) {
    const auto document = json::Document::parse(got.value().body);
    std::string_view cursor;
    return document->root()["next_cursor"].get(cursor) == simdjson::SUCCESS ? std::string(cursor)
                                                                            : "";
  }

  std::map<std::string, std::pair<int, std::string>> answers;
  std::size_t in_flight = 0;
  std::size_t in_flight_max = 0;
  layer::testing::FakeStore us{"us"};
  layer::testing::FakeStore eu{"eu"};
  Router router{[this](std::string_view name) { return find(name); }};
  freshness::NothingWatched stability;
  core::ManualClock clock;
  async::Loops loops{1};
  MayRead may_read = [](const store::VectorStore&, std::string_view) { return true; };
  NamespaceList list{{.router = router, .stability = stability, .clock = clock}};
};

TEST_F(List, PrintsWhatTheStoreSaysOfEachName) {
  router.publish({index({.name = "a", .labels = {{"team", "search"}}})});
  names("/v1/namespaces?page_size=100", {"a"});
  const auto got = ask({});
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 200);
  EXPECT_EQ(got->body,
            R"({"namespaces":[{"name":"a","row_count":9,"size_bytes":90,"stable_as_of_ms":null,)"
            R"("is_stable":false,"schema_summary":{"vector_dim":4,"fields":["id","vector"]},)"
            R"("index":{"status": "up-to-date"},"cache_state":{"state":"cold",)"
            R"("warmed_through_ms":null,"warm_inflight":false,"certified":false},)"
            R"("last_write_ms":1767312000000,"shadow":false,"labels":{"team":"search"}}]})");
}

TEST_F(List, TellsHowWarmTheCacheIs) {
  NamespaceList with_cache(
      {.router = router, .stability = stability, .clock = clock, .cache = [](std::string_view ns) {
         EXPECT_EQ(ns, "a");
         return ShownCache{.state = "warm", .warmed_through_ms = 7, .certified = true};
       }});
  names("/v1/namespaces?page_size=100", {"a"});
  const auto got = async::run_blocking(loops.at(0), [&] { return with_cache.list({}, may_read); });
  ASSERT_TRUE(got);
  EXPECT_THAT(got->body, HasSubstr(R"("cache_state":{"state":"warm","warmed_through_ms":7,)"
                                   R"("warm_inflight":false,"certified":true})"));
}

TEST_F(List, IsMadeOnceForAllWhoAskAtTheSameTime) {
  names("/v1/namespaces?page_size=100", {"a"});
  async::TaskGroup group(loops.at(0));
  std::vector<Result<store::Answer>> got;
  async::run_blocking(loops.at(0), [&]() -> async::Task<> {
    const auto one = [](NamespaceList& of, const MayRead& may,
                        std::vector<Result<store::Answer>>& all) -> async::Task<> {
      all.push_back(co_await of.list({}, may));
    };
    for (int i = 0; i < 8; ++i) {
      group.spawn(one(list, may_read, got));
    }
    co_await group.join();
  });
  ASSERT_EQ(got.size(), 8);
  for (const auto& answer : got) {
    EXPECT_THAT(listed(answer), ElementsAre("a"));
  }
  EXPECT_THAT(asked(us), ElementsAre("/v1/namespaces?page_size=100", "/v2/namespaces/a/metadata"));
}

TEST_F(List, ARefusalIsToldToAllWhoWait) {
  answers["/v1/namespaces?page_size=100"] = {403, R"({"status":"error","error":"no"})"};
  async::TaskGroup group(loops.at(0));
  std::vector<int> statuses;
  async::run_blocking(loops.at(0), [&]() -> async::Task<> {
    const auto one = [](NamespaceList& of, const MayRead& may,
                        std::vector<int>& all) -> async::Task<> {
      const auto answer = co_await of.list({}, may);
      all.push_back(answer ? answer->status : 0);
    };
    group.spawn(one(list, may_read, statuses));
    group.spawn(one(list, may_read, statuses));
    co_await group.join();
  });
  EXPECT_THAT(statuses, ElementsAre(403, 403));
  EXPECT_EQ(asked(us).size(), 1);
}

TEST_F(List, PassesItsParametersOn) {
  names("/v1/namespaces?page_size=7&prefix=a%20%26b&cursor=x%3D", {"b-shadow"}, "next");
  const auto got = ask({.prefix = "a &b", .cursor = "x=", .page_size = 7});
  EXPECT_THAT(listed(got), ElementsAre("b-shadow"));
  EXPECT_EQ(cursor_of(got), "next");
  EXPECT_THAT(got->body, HasSubstr(R"("shadow":true)"));
}

TEST_F(List, ShowsAFailedMetadataCallInItsEntry) {
  names("/v1/namespaces?page_size=100", {"a", "b"});
  answers["/v2/namespaces/a/metadata"] = {
      500, R"({"status":"error","error":")" + std::string(400, 'x') + "\"}"};
  const auto got = ask({});
  EXPECT_THAT(listed(got), ElementsAre("a", "b"));
  EXPECT_THAT(got->body, HasSubstr(R"("index":null)"));
  EXPECT_THAT(got->body, HasSubstr(R"("metadata_error":"500: )" + std::string(195, 'x') + "\""));
}

TEST_F(List, RelaysWhatTheStoreRefusesTheListWith) {
  answers["/v1/namespaces?page_size=100"] = {401, "no"};
  const auto got = ask({});
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 401);
  EXPECT_EQ(got->body, "no");
}

TEST_F(List, LeavesOutWhatTheCallerMayNotRead) {
  router.publish({index({.name = "hidden-eu", .store = "eu"})});
  names("/v1/namespaces?page_size=100", {"a", "hidden", "z"});
  may_read = [](const store::VectorStore&, std::string_view name) {
    return !name.starts_with("hidden");
  };
  EXPECT_THAT(listed(ask({})), ElementsAre("a", "z"));
  EXPECT_THAT(asked(us), Not(Contains("/v2/namespaces/hidden/metadata")));
  EXPECT_THAT(eu.calls(), IsEmpty());
}

TEST_F(List, AnswersAgainWithoutCallsUntilTenSecondsHavePassed) {
  names("/v1/namespaces?page_size=100", {"a"});
  const auto first = ask({.grant = "k"});
  const auto calls = us.calls().size();
  clock.advance(std::chrono::milliseconds(9'999));
  EXPECT_EQ(ask({.grant = "k"})->body, first->body);
  EXPECT_EQ(us.calls().size(), calls);
  ASSERT_TRUE(ask({.grant = "other"}));
  EXPECT_EQ(us.calls().size(), 2 * calls);
  clock.advance(std::chrono::milliseconds(1));
  ASSERT_TRUE(ask({.grant = "k"}));
  EXPECT_EQ(us.calls().size(), 3 * calls);
}

TEST_F(List, AsksForSixteenNamespacesAtOnce) {
  std::string body = R"({"namespaces":[)";
  for (int i = 0; i < 50; ++i) {
    body += (i > 0 ? ",{\"id\":\"n" : "{\"id\":\"n") + std::to_string(i) + "\"}";
  }
  answers["/v1/namespaces?page_size=100"] = {200, body + "]}"};
  EXPECT_EQ(listed(ask({})).size(), 50U);
  EXPECT_EQ(in_flight_max, kListMetadataCallsMax);
}

TEST_F(List, NamesARenamedNamespaceAsCallersDoAndOnce) {
  router.publish({index({.name = "docs", .physical = "docs-v2"}),
                  index({.name = "moved", .store = "eu"}),
                  index({.name = "not-there", .store = "eu"})});
  names("/v1/namespaces?page_size=100", {"docs", "docs-v2", "moved", "plain"});
  answers["/v2/namespaces/not-there/metadata"] = {404, "{}"};
  EXPECT_THAT(listed(ask({})), ElementsAre("plain", "docs", "moved"));
  EXPECT_THAT(asked(eu), Contains("/v2/namespaces/moved/metadata"));
}

TEST_F(List, PagesThroughNamespacesElsewhereAfterTheStoresOwn) {
  router.publish({index({.name = "x", .store = "eu"}), index({.name = "y", .store = "eu"}),
                  index({.name = "z", .store = "eu"})});
  names("/v1/namespaces?page_size=2", {"a", "b"});
  auto got = ask({.page_size = 2});
  EXPECT_THAT(listed(got), ElementsAre("a", "b"));
  got = ask({.cursor = cursor_of(got), .page_size = 2});
  EXPECT_THAT(listed(got), ElementsAre("x", "y"));
  got = ask({.cursor = cursor_of(got), .page_size = 2});
  EXPECT_THAT(listed(got), ElementsAre("z"));
  EXPECT_EQ(cursor_of(got), "");
}

TEST_F(List, BoundsItsParameters) {
  EXPECT_EQ(ask({.prefix = std::string(kListParameterBytesMax + 1, 'a')}).error().code,
            ErrorCode::kValidation);
  EXPECT_EQ(parse_page_size("").value(), kListPageSizeDefault);
  EXPECT_EQ(parse_page_size("1000").value(), kListPageSizeMax);
  for (const char* text : {"0", "1001", "-1", "ten", "1.5", "99999999999"}) {
    EXPECT_EQ(parse_page_size(text).error().code, ErrorCode::kValidation) << text;
  }
}

TEST(ListCache, KeepsABoundedNumberOfBytes) {
  core::ManualClock clock;
  ListCache cache(clock, {.bytes_max = 10});
  cache.put("a", std::make_shared<const std::string>("12345"));
  cache.put("b", std::make_shared<const std::string>("12345"));
  EXPECT_EQ(cache.find("a"), nullptr);
  EXPECT_EQ(*cache.find("b"), "12345");
  cache.put("c", std::make_shared<const std::string>(std::string(11, 'x')));
  EXPECT_EQ(cache.find("c"), nullptr);
}

}  // namespace
}  // namespace layer::features::namespaces
