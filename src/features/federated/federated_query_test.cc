// Many namespaces asked, with a search and a store that a test plays.
#include "features/federated/federated_query.h"

#include <gtest/gtest.h>

#include <map>

#include <fmt/format.h>

#include "async/deadline.h"
#include "async/loops.h"
#include "async/run.h"
#include "features/federated/granted_names.h"
#include "features/federated/print_answer.h"
#include "json/document.h"
#include "testing/fake_store.h"
#include "wire/filter_parse.h"

namespace layer::features::federated {
namespace {

using namespace std::chrono_literals;
using search::RankKind;
using search::SearchAnswer;
using search::SearchOutcome;

// Answers by namespace; a namespace nobody scripted has one row.
class FakeSearch final : public NamespaceSearch {
 public:
  using Script = std::function<async::Task<Result<SearchOutcome>>()>;
  std::map<std::string, Script> scripts;
  std::vector<std::string> asked;
  std::size_t running = 0;
  std::size_t most_running = 0;
  bool waits = false;  // so that others start before it ends

  async::Task<Result<SearchOutcome>> search(search::SearchPlace place, search::SearchAsk ask,
                                            async::TimePoint) override {
    asked.push_back(place.read.ns);
    EXPECT_FALSE(ask.paging);
    most_running = std::max(most_running, ++running);
    if (waits) {
      co_await async::sleep_for(1ms);
    }
    --running;
    const auto script = scripts.find(place.read.ns);
    if (script != scripts.end()) {
      co_return co_await script->second();
    }
    SearchAnswer answer;
    answer.rows.push_back({.id = std::uint64_t{1}, .text = R"({"id":1})"});
    answer.billing = R"({"billable_logical_bytes_queried":10})";
    co_return answer;
  }

  void fail_with(const std::string& ns, Error error) {
    scripts[ns] = [error]() -> async::Task<Result<SearchOutcome>> {
      co_return std::unexpected(error);
    };
  }
  void refuse_with(const std::string& ns, int status, std::string body) {
    scripts[ns] = [=]() -> async::Task<Result<SearchOutcome>> {
      co_return pages::StoreReply{.status = status, .headers = {}, .body = body};
    };
  }
};

class FederatedQueryTest : public ::testing::Test {
 protected:
  FederatedQueryTest() {
    store.script([](const layer::testing::SeenCall& call) -> async::Task<Result<store::Answer>> {
      if (call.target.find("missing") != std::string::npos) {
        co_return layer::testing::answer(404, R"({"status":"error","error":"no such namespace"})");
      }
      const char* type = call.target.find("other") != std::string::npos ? "string" : "int";
      co_return layer::testing::answer(
          200, fmt::format(R"({{"schema":{{"id":{{"type":"uint"}},"n":{{"type":"{}"}}}}}})", type));
    });
  }

  FederatedPlace place(const std::string& ns) {
    FederatedPlace out{.name = ns, .place = {}, .query = "{}"};
    out.place.read.ns = ns;
    out.place.read.origin = {.store = &store, .physical = ns, .authorization = ""};
    return out;
  }
  FederatedRun run_of(const std::vector<std::string>& names) {
    FederatedRun run;
    for (const std::string& ns : names) {
      run.places.push_back(place(ns));
    }
    return run;
  }
  Result<FederatedOutcome> run(FederatedRun run,
                               async::TimePoint deadline = async::TimePoint::max()) {
    return async::run_blocking(loops.at(0), [&] { return query.run(std::move(run), deadline); });
  }
  FederatedAnswer answer(FederatedRun what) {
    auto outcome = run(std::move(what));
    EXPECT_TRUE(outcome) << outcome.error().message;
    return std::get<FederatedAnswer>(std::move(*outcome));
  }
  static wire::Filter filter_of(std::string_view text) {
    const auto document = json::Document::parse(std::string(text));
    return *wire::parse_filter(document->root(), json::Path());
  }

  async::Loops loops{1};
  layer::testing::FakeStore store;
  FakeSearch search;
  SchemaCache schemas;
  FederatedQuery query{{.search = search, .schemas = schemas, .threads = 4}};
};

TEST_F(FederatedQueryTest, PutsRowsOfAllNamespacesTogether) {
  auto asked = run_of({"b", "a"});
  asked.places[0].stable_as_of_ms = 20;
  asked.places[1].stable_as_of_ms = 10;
  const auto found = answer(std::move(asked));
  EXPECT_EQ(found.rows, (std::vector<std::string>{R"({"$namespace":"a","$rank":1,"id":1})",
                                                  R"({"$namespace":"b","$rank":1,"id":1})"}));
  EXPECT_EQ(stable_as_of(found), 10);
  EXPECT_EQ(print_answer(found),
            R"({"rows":[{"$namespace":"a","$rank":1,"id":1},{"$namespace":"b","$rank":1,"id":1}],)"
            R"("merge":{"method":"rank-interleave","route":"fused"},)"
            R"("namespaces":[{"namespace":"b","stable_as_of":20,"matched":1},)"
            R"({"namespace":"a","stable_as_of":10,"matched":1}],)"
            R"("billing":{"billable_logical_bytes_queried":20}})");
}

TEST_F(FederatedQueryTest, OfNoNamespacesIsEmpty) {
  const auto found = answer(run_of({}));
  EXPECT_TRUE(found.rows.empty());
  EXPECT_EQ(stable_as_of(found), std::nullopt);
}

TEST_F(FederatedQueryTest, AWatermarkThatOneNamespaceLacksIsNotTold) {
  auto asked = run_of({"a", "b"});
  asked.places[0].stable_as_of_ms = 20;
  EXPECT_EQ(stable_as_of(answer(std::move(asked))), std::nullopt);
}

TEST_F(FederatedQueryTest, AsksAFewAtATime) {
  search.waits = true;
  std::vector<std::string> names;
  for (int i = 0; i < 40; ++i) {
    names.push_back(fmt::format("n{:02}", i));
  }
  auto asked = run_of(names);
  asked.top_k = 40;
  const auto found = answer(std::move(asked));
  EXPECT_EQ(found.rows.size(), 40U);
  EXPECT_EQ(found.namespaces.size(), 40U);
  EXPECT_EQ(search.most_running, 4U);
}

TEST_F(FederatedQueryTest, AFailureCostsTheRowsOfItsNamespace) {
  search.fail_with("b", {.code = ErrorCode::kStoreUnavailable, .message = "breaker open"});
  search.refuse_with("c", 404, R"({"error":"no such namespace"})");
  const auto found = answer(run_of({"a", "b", "c", "d"}));
  EXPECT_TRUE(found.partial);
  EXPECT_EQ(found.rows.size(), 2U);
  EXPECT_EQ(found.namespaces.size(), 2U);
  ASSERT_EQ(found.errors.size(), 2U);
  EXPECT_EQ(found.errors[0].ns, "b");
  EXPECT_EQ(found.errors[0].code, "store_unavailable");
  EXPECT_EQ(found.errors[1].code, "not_found");
  EXPECT_EQ(found.errors[1].status, 404);
}

TEST_F(FederatedQueryTest, AStrictQueryFailsWithItsFirstFailure) {
  search.refuse_with("b", 400, R"({"error":"broken"})");
  auto asked = run_of({"a", "b", "c"});
  asked.strict = true;
  const auto refused = run(std::move(asked));
  ASSERT_TRUE(refused);
  const auto& reply = std::get<pages::StoreReply>(*refused);
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.body, R"({"error":"broken"})");

  search.fail_with("b", {.code = ErrorCode::kStoreUnavailable, .message = "breaker open"});
  asked = run_of({"a", "b", "c"});
  asked.strict = true;
  const auto failed = run(std::move(asked));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kStoreUnavailable);
}

TEST_F(FederatedQueryTest, WhatIsWrongWithTheRequestEndsIt) {
  search.fail_with("a", {.code = ErrorCode::kValidation, .message = "rank_by: what"});
  const auto failed = run(run_of({"a", "b", "c", "d", "e", "f"}));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kValidation);
  EXPECT_LE(search.asked.size(), 4U);
}

TEST_F(FederatedQueryTest, AllNamespacesFailingFailsTheQuery) {
  search.refuse_with("a", 500, "{}");
  search.refuse_with("b", 404, "{}");
  const auto failed = run(run_of({"a", "b"}));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kUpstream);
  ASSERT_EQ(failed.error().fields.size(), 1U);
  EXPECT_EQ(failed.error().fields[0].name, "errors");
}

TEST_F(FederatedQueryTest, AtTheDeadlineWhatIsDoneIsTheAnswer) {
  search.scripts["slow"] = []() -> async::Task<Result<SearchOutcome>> {
    co_await async::sleep_for(1h);
    co_return fail(ErrorCode::kCancelled, "cancelled");
  };
  // The others are done at once; with one at a time, what comes after the slow one is never asked.
  FederatedQuery one_by_one{{.search = search, .schemas = schemas, .threads = 1}};
  auto asked = run_of({"a", "slow", "late"});
  const auto outcome = async::run_blocking(loops.at(0), [&] {
    return one_by_one.run(std::move(asked), async::SteadyClock::now() + 2s);
  });
  ASSERT_TRUE(outcome);
  const auto& found = std::get<FederatedAnswer>(*outcome);
  ASSERT_EQ(found.rows.size(), 1U);
  ASSERT_EQ(found.errors.size(), 2U);
  EXPECT_EQ(found.errors[0].ns, "slow");
  EXPECT_EQ(found.errors[0].code, "gateway_timeout");
  EXPECT_EQ(found.errors[1].ns, "late");
  EXPECT_EQ(found.errors[1].code, "gateway_timeout");
  EXPECT_EQ(search.asked, (std::vector<std::string>{"a", "slow"}));
}

TEST_F(FederatedQueryTest, AFilterThatDoesNotFitASchemaIsToldOfThatNamespace) {
  const wire::Filter filter = filter_of(R"(["n","Eq",1])");
  auto asked = run_of({"a", "other", "missing"});
  asked.filter = &filter;
  const auto found = answer(std::move(asked));
  EXPECT_EQ(search.asked, (std::vector<std::string>{"a"}));
  ASSERT_EQ(found.errors.size(), 2U);
  EXPECT_EQ(found.errors[0].code, "filter_schema_mismatch");
  EXPECT_EQ(found.errors[0].error, "filter schema mismatch");
  EXPECT_EQ(found.errors[0].detail, "attribute n is string, 1 does not fit");
  EXPECT_EQ(found.errors[1].code, "not_found");

  asked = run_of({"a", "other"});
  asked.filter = &filter;
  asked.strict = true;
  const auto failed = run(std::move(asked));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kValidation);
}

TEST_F(FederatedQueryTest, SchemasAreRememberedUntilAMismatch) {
  const wire::Filter filter = filter_of(R"(["n","Eq",1])");
  const auto ask = [&](const std::string& ns) {
    auto asked = run_of({ns, "a"});
    asked.filter = &filter;
    return answer(std::move(asked));
  };
  ask("b");
  ask("b");
  EXPECT_EQ(store.calls().size(), 2U);  // one a namespace
  ask("other");
  ask("other");
  EXPECT_EQ(store.calls().size(), 4U);  // a mismatch is looked at anew
}

TEST_F(FederatedQueryTest, VectorsWithoutProfilesAreInterleavedAndStrictRefusesThat) {
  for (const char* ns : {"a", "b"}) {
    search.scripts[ns] = []() -> async::Task<Result<SearchOutcome>> {
      SearchAnswer found;
      found.kind = RankKind::kVector;
      found.rows.push_back({.id = std::uint64_t{1}, .dist = 0.5, .text = R"({"id":1})"});
      co_return found;
    };
  }
  EXPECT_EQ(answer(run_of({"a", "b"})).merge.downgraded_reason, "missing_embedding_profile");
  auto asked = run_of({"a", "b"});
  asked.strict = true;
  const auto failed = run(std::move(asked));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kValidation);
  EXPECT_EQ(failed.error().fields.back().value, "missing_embedding_profile");
}

TEST_F(FederatedQueryTest, NamesAreReadPageByPageAndSortedAndThoseNotGrantedLeftOut) {
  store.script([](const layer::testing::SeenCall& call) -> async::Task<Result<store::Answer>> {
    if (call.target.find("cursor=next") == std::string::npos) {
      co_return layer::testing::answer(
          200, R"({"namespaces":[{"id":"c"},{"id":"secret"}],"next_cursor":"next"})");
    }
    co_return layer::testing::answer(200, R"({"namespaces":[{"id":"a"},{"id":"b"}]})");
  });
  const namespaces::Router router([this](std::string_view) { return &store; });
  const namespaces::MayRead may_read = [](const store::VectorStore&, std::string_view ns) {
    return ns != "secret";
  };
  const auto names = [&](std::size_t max) {
    return async::run_blocking(loops.at(0), [&] {
      return granted_names(router.table(), {.namespaces_max = max}, may_read);
    });
  };
  const auto found = names(3);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(std::get<std::vector<std::string>>(*found), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(store.calls()[0].target, "/v1/namespaces?page_size=1000");
  const auto too_many = names(2);
  ASSERT_FALSE(too_many);
  EXPECT_EQ(too_many.error().code, ErrorCode::kValidation);
  EXPECT_EQ(too_many.error().fields[0].value.find("secret"), std::string::npos);
}

}  // namespace
}  // namespace layer::features::federated
