#include <gtest/gtest.h>

#include <functional>

#include <boost/asio/post.hpp>

#include "features/namespaces/test_indexes.h"
#include "gateway/history/history_routes.h"
#include "gateway/history/test_history.h"
#include "gateway/routes/test_rig.h"
#include "http/gzip.h"

namespace layer::gateway {
namespace {

using features::history::RecordKind;
using Headers = http::Headers;
using Ids = std::vector<std::string>;

// Answers as a test says; reads the request's body first, as every route does.
class FakeRoute final : public RouteHandler {
 public:
  async::Task<Result<http::Response>> handle(Exchange& exchange) override {
    auto body = co_await http::read_all(*exchange.request.body, std::uint64_t{1} << 30);
    seen = body ? *body : body.error().message;
    exchange.relayed_status = relayed ? 200 : 0;
    co_return answer(exchange);
  }
  std::string seen;
  bool relayed = true;
  std::function<Result<http::Response>(Exchange&)> answer = [](Exchange&) {
    return http::json_response(200, R"({"rows":[{"id":1},{"id":"b"}]})");
  };
};

// Gives its pieces one by one.
class Pieces final : public http::Body {
 public:
  explicit Pieces(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}
  async::Task<Result<std::string_view>> next() override {
    if (at_ == pieces_.size()) {
      co_return std::string_view();
    }
    co_return std::string_view(pieces_[at_++]);
  }

 private:
  std::vector<std::string> pieces_;
  std::size_t at_ = 0;
};

struct HistoryRig : RouteRig {
  HistoryRig() {
    for (const RouteId id :
         {RouteId::kQuery, RouteId::kFederatedQuery, RouteId::kDocument, RouteId::kDocumentBatch}) {
      handlers.serve(id, inner);
    }
    routes.serve(handlers, inner);
  }

  Answer send(const std::string& target, std::string body = "", Headers headers = {},
              std::string method = "POST") {
    const std::string path = target.substr(0, target.find('?'));
    const RouteMatch match = match_route(method, path);
    Answer answer = call(*handlers.find(match.route->id), std::move(method), target,
                         std::move(body), std::move(headers));
    // What was posted to the loop is done when something posted later is.
    async::run_blocking(loops.at(0), []() -> async::Task<> {
      co_await boost::asio::post(co_await boost::asio::this_coro::executor,
                                 boost::asio::use_awaitable_t<async::Executor>());
    });
    return answer;
  }
  Answer query(std::string body = R"({"rank_by":["t","BM25","red"],"top_k":5})",
               Headers headers = {}) {
    return send("/v2/namespaces/n/query", std::move(body), std::move(headers));
  }

  MemoryHistory history;
  features::namespaces::Router router{[this](std::string_view) { return &store; }};
  FakeRoute inner;
  RouteHandlers handlers;
  HistoryRoutes routes{{.recorder = &history,
                        .reader = &history,
                        .purge = {},
                        .router = router,
                        .jobs = {.runner = nullptr, .auth = auth, .signer = signer, .clock = clock},
                        .pool = pool,
                        .metrics = metrics}};
};

TEST(QueryCapture, RecordsAQueryWithItsAnswer) {
  HistoryRig rig;
  const auto answer =
      rig.query(R"({"rank_by":["t","BM25","red"],"top_k":5})", {{"x-hevlayer-search-query", "Red"},
                                                                {"x-hevlayer-tag", "web"},
                                                                {"x-hevlayer-client-id", "c"},
                                                                {"x-hevlayer-query-id", "q1"}});
  EXPECT_EQ(answer.added.find("x-layer-query-id"), "q1");
  const auto queries = rig.history.queries();
  ASSERT_EQ(queries.size(), 1U);
  const auto& entry = queries[0];
  EXPECT_EQ(entry.ns, "n");
  EXPECT_EQ(entry.who.query_id, "q1");
  EXPECT_EQ(entry.who.raw_query, "Red");
  EXPECT_EQ(entry.who.client_id, "c");
  EXPECT_EQ(entry.who.tags, Ids{"web"});
  EXPECT_EQ(entry.query, R"({"kind":"BM25","field":"t","text":"red","top_k":5})");
  EXPECT_EQ(entry.top_ids, (Ids{"1", R"("b")"}));
  EXPECT_EQ(entry.result_count, 2U);
  EXPECT_EQ(entry.status, 200);
  EXPECT_EQ(entry.level, "strong");
  EXPECT_FALSE(entry.truncated);
  EXPECT_EQ(entry.timestamp_ns / 1'000'000, RouteRig::kNow);
}

TEST(QueryCapture, NamesTheQueryByItsTraceWhereTheCallerDoesNot) {
  HistoryRig rig;
  const std::string trace = "0af7651916cd43dd8448eb211c80319c";
  const auto answer = rig.query("{}", {{"traceparent", "00-" + trace + "-b7ad6b7169203331-01"}});
  EXPECT_EQ(answer.added.find("x-layer-query-id"), trace);
  ASSERT_EQ(rig.history.queries().size(), 1U);
  EXPECT_EQ(rig.history.queries()[0].trace_id, trace);
  EXPECT_EQ(rig.history.queries()[0].who.query_id, trace);
}

TEST(QueryCapture, HandsOnEveryByteAsItCame) {
  HistoryRig rig;
  const std::string body(3 * features::capture::kKeptBytesMax, 'x');
  rig.inner.answer = [&](Exchange&) -> Result<http::Response> {
    http::Response response;
    response.stream = std::make_unique<Pieces>(std::vector{body, std::string("end")});
    return response;
  };
  const auto answer = rig.query(body);
  EXPECT_EQ(rig.inner.seen, body);
  EXPECT_EQ(answer.response->body, body + "end");
}

TEST(QueryCapture, RecordsAStreamedAnswerWhenItsLastByteIsGone) {
  HistoryRig rig;
  rig.inner.answer = [](Exchange&) -> Result<http::Response> {
    http::Response response;
    const std::string packed = http::gzip(R"({"rows":[{"id":7},{"id":8},{"id":9}]})");
    response.headers.add("content-encoding", "gzip");
    response.stream =
        std::make_unique<Pieces>(std::vector{packed.substr(0, 10), packed.substr(10)});
    return response;
  };
  rig.query();
  ASSERT_EQ(rig.history.queries().size(), 1U);
  EXPECT_EQ(rig.history.queries()[0].top_ids, (Ids{"7", "8", "9"}));
}

TEST(QueryCapture, RecordsFailuresWithoutIds) {
  HistoryRig rig;
  rig.inner.answer = [](Exchange&) -> Result<http::Response> {
    return http::json_response(429, R"({"rows":[{"id":1}]})");
  };
  rig.query();
  rig.inner.answer = [](Exchange&) -> Result<http::Response> {
    return fail(ErrorCode::kUpstream, "away");
  };
  EXPECT_TRUE(rig.query().added.has("x-layer-query-id"));
  const auto queries = rig.history.queries();
  ASSERT_EQ(queries.size(), 2U);
  EXPECT_EQ(queries[0].status, 429);
  EXPECT_EQ(queries[1].status, 502);
  EXPECT_TRUE(queries[0].top_ids.empty());
}

TEST(QueryCapture, LeavesOutWhoOptsOutAndDeferrals) {
  HistoryRig rig;
  EXPECT_FALSE(rig.query("{}", {{"x-hevlayer-no-history", "1"}}).added.has("x-layer-query-id"));
  rig.inner.relayed = false;
  rig.inner.answer = [](Exchange&) {
    return http::json_response(
        200, R"({"rows":[],"routing":{"route":"semantic","executed":false},"next_cursor":null})");
  };
  EXPECT_FALSE(rig.query().added.has("x-layer-query-id"));
  EXPECT_TRUE(rig.history.queries().empty());
}

TEST(QueryCapture, DropsFaultyTagsOfPlainRoutesAndRefusesThemElsewhere) {
  HistoryRig rig;
  const Headers faulty{{"x-hevlayer-tag", "no spaces"}};
  EXPECT_TRUE(rig.query("{}", faulty).response);
  ASSERT_EQ(rig.history.queries().size(), 1U);
  EXPECT_TRUE(rig.history.queries()[0].who.tags.empty());
  EXPECT_NE(rig.metrics.print().find(R"(layer_history_dropped_total{reason="tags"} 1)"),
            std::string::npos);
  EXPECT_EQ(rig.send("/v2/query", "{}", faulty).response.error().code, ErrorCode::kValidation);
  EXPECT_EQ(rig.send("/v2/namespaces/n/documents/1", "", faulty, "GET").response.error().code,
            ErrorCode::kValidation);
}

TEST(QueryCapture, KeepsHistoryAsTheIndexSays) {
  HistoryRig rig;
  using Mode = resources::IndexSpec::History;
  const auto publish = [&](Mode mode) {
    auto index = features::namespaces::index({.name = "n"});
    auto spec = std::make_shared<resources::IndexSpec>(*index.spec);
    spec->history = mode;
    index.spec = std::move(spec);
    rig.router.publish({std::move(index)});
  };
  publish(Mode::kOff);
  rig.query("{}", {{"x-hevlayer-tag", "a"}});
  EXPECT_TRUE(rig.history.queries().empty());
  publish(Mode::kTagged);
  rig.query();
  EXPECT_TRUE(rig.history.queries().empty());
  rig.query("{}", {{"x-hevlayer-session-id", "s"}});
  EXPECT_EQ(rig.history.queries().size(), 1U);
}

TEST(QueryCapture, GivesEachNamespaceOfAFederatedQueryItsOwnRows) {
  HistoryRig rig;
  rig.inner.answer = [](Exchange&) {
    return http::json_response(200, R"({"rows":[{"id":1,"$namespace":"b"},{"id":2,"$namespace":"a"},
                                                {"id":3,"$namespace":"b"}]})");
  };
  rig.send("/v2/query", R"({"namespaces":["a","b"],"rank_by":["t","BM25","x"]})");
  const auto queries = rig.history.queries();
  ASSERT_EQ(queries.size(), 2U);
  EXPECT_EQ(queries[0].ns, "b");
  EXPECT_EQ(queries[0].top_ids, (Ids{"1", "3"}));
  EXPECT_EQ(queries[1].ns, "a");
  EXPECT_EQ(queries[1].top_ids, Ids{"2"});
  EXPECT_EQ(queries[0].who.query_id, queries[1].who.query_id);
  EXPECT_EQ(queries[0].query.find("namespaces"), std::string::npos);
}

TEST(ClickCapture, RecordsFetchesThatFollowAQuery) {
  HistoryRig rig;
  rig.query("{}", {{"x-hevlayer-query-id", "q1"}});
  rig.inner.relayed = false;
  rig.inner.answer = [](Exchange& exchange) {
    exchange.used(ServedBy::kCache);
    return http::json_response(200, R"({"id":"b","attributes":{}})");
  };
  rig.send("/v2/namespaces/n/documents/b", "", {}, "GET");
  EXPECT_TRUE(rig.history.clicks().empty());
  rig.send("/v2/namespaces/n/documents/b", "", {{"x-hevlayer-query-id", "q1"}}, "GET");
  ASSERT_EQ(rig.history.clicks().size(), 1U);
  const auto click = rig.history.clicks()[0];
  EXPECT_EQ(click.doc_id, R"("b")");
  EXPECT_EQ(click.position, 2U);
  EXPECT_EQ(click.source, "single");
  EXPECT_EQ(click.served_from, "cache");
  EXPECT_EQ(click.who.query_id, "q1");
}

TEST(ClickCapture, OfABatchIsOneForEachDocumentThatIsThere) {
  HistoryRig rig;
  rig.inner.relayed = false;
  rig.inner.answer = [](Exchange&) {
    return http::json_response(200, R"({"documents":[{"id":7},{"id":8}],"missing":[9]})");
  };
  const std::string parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  rig.send("/v2/namespaces/n/documents", "{}", {{"traceparent", parent}});
  ASSERT_EQ(rig.history.clicks().size(), 2U);
  EXPECT_EQ(rig.history.clicks()[1].doc_id, "8");
  EXPECT_EQ(rig.history.clicks()[1].source, "batch");
  EXPECT_FALSE(rig.history.clicks()[1].position);
  EXPECT_LT(rig.history.clicks()[0].timestamp_ns, rig.history.clicks()[1].timestamp_ns);
  rig.send("/v2/namespaces/n/documents", "{}",
           {{"traceparent", parent}, {"x-hevlayer-no-history", "1"}});
  EXPECT_EQ(rig.history.clicks().size(), 2U);
}

HistoryRig& with_queries(HistoryRig& rig, int count) {
  for (int i = count; i > 0; --i) {
    rig.history.stored.push_back({.kind = RecordKind::query,
                                  .timestamp_ns = i,
                                  .query_id = "q",
                                  .json = R"({"n":)" + std::to_string(i) + "}"});
  }
  return rig;
}

std::string next_cursor(const std::string& body) {
  const std::string name = R"("next_cursor":")";
  const std::size_t at = body.find(name);
  return at == std::string::npos
             ? ""
             : body.substr(at + name.size(), body.size() - at - name.size() - 2);
}

TEST(HistoryList, GivesPagesNewestFirst) {
  HistoryRig rig;
  with_queries(rig, 3);
  const std::string list = "/v2/namespaces/n/search-history?limit=2";
  const std::string first = rig.send(list, "", {}, "GET").response->body;
  EXPECT_TRUE(first.starts_with(R"({"entries":[{"n":3},{"n":2}],)")) << first;
  const std::string second =
      rig.send(list + "&cursor=" + next_cursor(first), "", {}, "GET").response->body;
  EXPECT_EQ(second, R"({"entries":[{"n":1}]})");
  const auto other = rig.send(list + "&tag=a&cursor=" + next_cursor(first), "", {}, "GET");
  EXPECT_EQ(other.response.error().code, ErrorCode::kInvalidCursor);
  const auto clicks =
      rig.send("/v2/namespaces/n/clickstream?cursor=" + next_cursor(first), "", {}, "GET");
  EXPECT_EQ(clicks.response.error().code, ErrorCode::kInvalidCursor);
}

TEST(HistoryList, PassesOnWhatNarrowsIt) {
  HistoryRig rig;
  rig.send(
      "/v1/namespaces/n/clickstream?tag=b&tag=a&from=1&to=1970-01-01T00:00:05Z&client_id=c&"
      "query_id=q&trace_id=t&action=view&raw_query=red+hat",
      "", {}, "GET");
  const auto& asked = rig.history.asked;
  EXPECT_EQ(rig.history.asked_ns, "n");
  EXPECT_EQ(asked.tags, (Ids{"a", "b"}));
  EXPECT_EQ(asked.range.from_ns, 1'000'000);
  EXPECT_EQ(asked.range.to_ns, 5'000'000'000);
  EXPECT_EQ(asked.client_id + asked.query_id + asked.trace_id + asked.action, "cqtview");
  EXPECT_EQ(asked.raw_query, "red hat");
  for (const std::string bad :
       {"limit=0", "limit=1001", "from=soon", "from=9&to=1", "tag=a%20b", "cursor=x"}) {
    EXPECT_FALSE(rig.send("/v2/namespaces/n/search-history?" + bad, "", {}, "GET").response) << bad;
  }
}

TEST(HistoryExport, StreamsEveryRecord) {
  HistoryRig rig;
  with_queries(rig, 2500);
  const auto answer = rig.send("/v2/namespaces/n/history/export", "", {}, "GET");
  EXPECT_EQ(std::ranges::count(answer.response->body, '\n'), 2500);
  EXPECT_TRUE(answer.response->body.ends_with("{\"n\":1}\n"));
  EXPECT_FALSE(rig.send("/v2/namespaces/n/history/export?format=csv", "", {}, "GET").response);
  EXPECT_FALSE(rig.send("/v2/namespaces/n/history/export?kind=all", "", {}, "GET").response);
}

TEST(Insights, AreOfASpan) {
  HistoryRig rig;
  rig.history.stored.push_back(
      {.kind = RecordKind::query, .query_id = "q", .json = R"({"raw_query":"a","status":200})"});
  const auto answer = rig.send("/v2/namespaces/n/insights?from=0&to=1000", "", {}, "GET");
  EXPECT_NE(answer.response->body.find(R"("queries":1)"), std::string::npos);
  EXPECT_NE(answer.response->body.find(R"("empty_because":"no_clicks")"), std::string::npos);
  EXPECT_FALSE(rig.send("/v2/namespaces/n/insights?from=32d", "", {}, "GET").response);
}

TEST(HistoryOff, IsSaid) {
  RouteRig rig;
  features::namespaces::Router router{[&](std::string_view) { return &rig.store; }};
  HistoryRoutes routes(
      {.recorder = nullptr,
       .reader = nullptr,
       .purge = {},
       .router = router,
       .jobs = {.runner = nullptr, .auth = rig.auth, .signer = rig.signer, .clock = rig.clock},
       .pool = rig.pool,
       .metrics = rig.metrics});
  RouteHandlers handlers;
  FakeRoute inner;
  routes.serve(handlers, inner);
  EXPECT_EQ(handlers.find(RouteId::kQuery), nullptr);
  const auto answer =
      rig.call(*handlers.find(RouteId::kInsights), "GET", "/v2/namespaces/n/insights", "");
  EXPECT_EQ(answer.response.error().code, ErrorCode::kFeatureUnavailable);
}

}  // namespace
}  // namespace layer::gateway
