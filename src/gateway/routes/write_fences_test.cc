// What writes through the gateway do to cached rows.
#include <gtest/gtest.h>

#include <string>

#include "cache/fenced_cache.h"
#include "cache/memory/memory_store.h"
#include "gateway/routes/opaque_write.h"
#include "gateway/routes/test_rig.h"
#include "gateway/routes/write.h"

namespace layer::gateway {
namespace {

using cache::Lookup;

class WriteFencesTest : public ::testing::Test, protected RouteRig {
 protected:
  template <class Make>
  auto run(Make make) {
    return async::run_blocking(loops.at(0), make);
  }
  WriteFencesTest() {
    run([this] { return cache.tick(); });
    settings.settings.rules.id_type = wire::IdType::kUint;
  }

  cache::Found look(std::uint64_t id) {
    return run([this, id] { return cache.find(ns, {wire::Id(id)}); }).at(0);
  }
  // The row as a reader would have cached it.
  void plant(std::uint64_t id, const std::string& row) {
    const auto ticket = look(id).ticket;
    const auto kept = run([&] {
      return cache.fill(
          ns, {{.id = id, .ticket = ticket, .row = std::make_shared<const std::string>(row)}});
    });
    ASSERT_EQ(kept, 1U);
    ASSERT_EQ(look(id).lookup, Lookup::kHit);
  }
  RouteRig::Answer write(std::string body) {
    return call(route, "POST", "/v2/namespaces/n", std::move(body));
  }
  void store_says(int status, std::string body) {
    store.answer = [=](const store::Call&) -> Result<store::Answer> {
      return store::Answer{.status = status, .body = body};
    };
  }

  cache::MemoryStore records{std::size_t{64} << 20, clock};
  cache::FencedCache cache{records, clock, metrics, nullptr, {}};
  cache::CachedNamespace ns{.store = "default", .ns = "n"};
  CacheParts parts{.cache = &cache, .metrics = &metrics};
  WriteRoute route{{.proxy = proxy,
                    .auth = auth,
                    .settings = settings,
                    .hlc = hlc,
                    .clock = clock,
                    .signer = signer,
                    .pool = pool,
                    .cache = parts},
                   {.held_bytes_max = features::writes::held_body_bytes_max,
                    .decoded_bytes_max = core::limits::request_body_bytes_max}};
};

TEST_F(WriteFencesTest, AWrittenRowIsReadAnew) {
  plant(1, R"({"a":"x"})");
  plant(2, R"({"a":"y"})");
  write(R"({"upsert_rows":[{"id":1,"a":"z"}]})");
  EXPECT_EQ(look(1).lookup, Lookup::kMiss);
  EXPECT_TRUE(look(1).ticket.may_fill);
  EXPECT_EQ(look(2).lookup, Lookup::kHit);
}

TEST_F(WriteFencesTest, ADeletedRowIsKnownToBeAbsent) {
  plant(1, R"({"a":"x"})");
  write(R"({"deletes":[1]})");
  EXPECT_EQ(look(1).lookup, Lookup::kAbsent);
}

TEST_F(WriteFencesTest, ARefusedWriteLeavesTheRowUnknown) {
  plant(1, R"({"a":"x"})");
  store_says(400, "no");
  EXPECT_EQ(write(R"({"deletes":[1]})").response->status, 400);
  const auto found = look(1);
  EXPECT_EQ(found.lookup, Lookup::kMiss);
  EXPECT_TRUE(found.ticket.may_fill);
}

TEST_F(WriteFencesTest, AWriteOfUnknownOutcomeKeepsItsRowsFenced) {
  plant(1, R"({"a":"x"})");
  store.answer = [](const store::Call&) -> Result<store::Answer> {
    return std::unexpected(Error{.code = ErrorCode::kUpstream,
                                 .message = "the connection broke",
                                 .fields = {{.name = "outcome", .value = "unknown"}}});
  };
  EXPECT_FALSE(write(R"({"deletes":[1]})").response.has_value());
  EXPECT_TRUE(look(1).fenced);
  clock.advance(std::chrono::seconds(59));
  EXPECT_TRUE(look(1).fenced);
}

TEST_F(WriteFencesTest, AFilterAsksForTheIdsItTouchesAndTheCallerDoesNotSeeThem) {
  plant(1, R"({"a":"x"})");
  plant(2, R"({"a":"y"})");
  store_says(200, R"({"status":"OK","deleted_ids":[1],"rows_affected":1})");
  const auto answer = write(R"({"delete_by_filter":["a","Eq","x"]})");
  EXPECT_NE(store.last.body.find(R"("return_affected_ids":true)"), std::string::npos);
  EXPECT_EQ(answer.response->body, R"({"status":"OK","rows_affected":1})");
  EXPECT_EQ(look(1).lookup, Lookup::kMiss);
  EXPECT_EQ(look(2).lookup, Lookup::kHit);
}

TEST_F(WriteFencesTest, IdsThatTheCallerAskedForStay) {
  plant(1, R"({"a":"x"})");
  const std::string said = R"({"status":"OK","patched_ids":[1]})";
  store_says(200, said);
  const auto answer = write(
      R"({"patch_by_filter":{"filters":["a","Eq","x"],"patch":{"a":"y"}},"return_affected_ids":true})");
  EXPECT_EQ(answer.response->body, said);
  EXPECT_EQ(look(1).lookup, Lookup::kMiss);
}

TEST_F(WriteFencesTest, AFilterWithoutIdsGivesUpTheNamespace) {
  plant(1, R"({"a":"x"})");
  store_says(200, R"({"status":"OK"})");
  write(R"({"delete_by_filter":["a","Eq","x"]})");
  EXPECT_EQ(look(1).lookup, Lookup::kMiss);
}

TEST_F(WriteFencesTest, AFilterOverANamespaceWithoutCachedRowsIsSentAsItCame) {
  settings.settings.rules.stamp = false;
  const std::string body = R"({"delete_by_filter":["a","Eq","x"]})";
  write(body);
  EXPECT_EQ(store.last.body, body);
}

TEST_F(WriteFencesTest, AConditionalWriteKeepsTheRowsItDidNotTouch) {
  plant(1, R"({"a":"x"})");
  plant(2, R"({"a":"y"})");
  store_says(200, R"({"status":"OK","upserted_ids":[1]})");
  write(
      R"({"upsert_rows":[{"id":1},{"id":2}],"upsert_condition":["a","Eq","x"],"return_affected_ids":true})");
  EXPECT_EQ(look(1).lookup, Lookup::kMiss);
  EXPECT_EQ(look(2).lookup, Lookup::kHit);
}

TEST_F(WriteFencesTest, WhatIsNotUnderstoodGivesUpTheNamespace) {
  plant(1, R"({"a":"x"})");
  write(R"({"copy_from_namespace":"other"})");
  EXPECT_EQ(look(1).lookup, Lookup::kMiss);
}

TEST_F(WriteFencesTest, OlderPathsGiveUpTheNamespace) {
  OpaqueWrite opaque({proxy, settings, parts}, proxy);
  plant(1, R"({"a":"x"})");
  call(opaque, "POST", "/v1/namespaces/n", R"({"ids":[1],"vectors":[[0.5]]})");
  EXPECT_EQ(look(1).lookup, Lookup::kMiss);
}

TEST_F(WriteFencesTest, TheEndOfABackgroundOperationGivesUpTheNamespace) {
  OpaqueWrite opaque({proxy, settings, parts}, proxy);
  plant(1, R"({"a":"x"})");
  store_says(202, "{}");
  call(opaque, "GET", "/v1/namespaces/n/operations/t", "");
  EXPECT_EQ(look(1).lookup, Lookup::kHit);
  store_says(200, "{}");
  call(opaque, "GET", "/v1/namespaces/n/operations/t", "");
  EXPECT_EQ(look(1).lookup, Lookup::kMiss);
}

TEST(WriteOutcomes, AreUnknownUnlessTheStoreSaidSo) {
  const auto error = [](ErrorCode code, std::vector<core::ErrorField> fields = {}) {
    return outcome_of(std::unexpected(Error{.code = code, .message = "", .fields = fields}));
  };
  EXPECT_EQ(outcome_of(store::Answer{.status = 200}), WriteOutcome::kApplied);
  EXPECT_EQ(outcome_of(store::Answer{.status = 202}), WriteOutcome::kUnknown);
  EXPECT_EQ(outcome_of(store::Answer{.status = 429}), WriteOutcome::kRefused);
  EXPECT_EQ(outcome_of(store::Answer{.status = 502}), WriteOutcome::kUnknown);
  EXPECT_EQ(error(ErrorCode::kUpstream), WriteOutcome::kRefused);  // never sent
  EXPECT_EQ(error(ErrorCode::kUpstream, {{.name = "outcome", .value = "unknown"}}),
            WriteOutcome::kUnknown);
  EXPECT_EQ(error(ErrorCode::kGatewayTimeout), WriteOutcome::kUnknown);
  EXPECT_EQ(error(ErrorCode::kStoreUnavailable), WriteOutcome::kRefused);
}

TEST_F(WriteFencesTest, IdsAreTheRowsWhateverTheirSpelling) {
  settings.settings.rules.id_type = wire::IdType::kUuid;
  const auto uuid = *wire::parse_uuid("0a0b0c0d-0102-0304-0506-070809101112");
  const auto at = [&] { return run([&] { return cache.find(ns, {wire::Id(uuid)}); }).at(0); };
  const auto ticket = at().ticket;
  run([&] { return cache.fill(ns, {{.id = uuid, .ticket = ticket}}); });
  ASSERT_EQ(at().lookup, Lookup::kAbsent);
  write(R"({"upsert_rows":[{"id":"0A0B0C0D010203040506070809101112"}]})");
  EXPECT_EQ(at().lookup, Lookup::kMiss);
}

}  // namespace
}  // namespace layer::gateway
