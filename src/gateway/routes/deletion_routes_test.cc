// Deletes and their receipts as callers meet them.
#include "gateway/routes/deletion_routes.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>

#include "async/deadline.h"
#include "async/loops.h"
#include "async/run.h"
#include "json/document.h"
#include "objects/faulty_store.h"
#include "objects/memory_store.h"
#include "testing/fake_store.h"

namespace layer::gateway {
namespace {

Caller caller(CallerKind kind, std::string name, unsigned char digest_byte = 0) {
  Digest digest{};
  digest.fill(static_cast<Digest::value_type>(digest_byte));
  return {std::make_shared<const Identity>(Identity{.name = std::move(name), .kind = kind}), digest,
          core::Secret(kind == CallerKind::kPassthrough ? "Bearer theirs" : "")};
}

class DeletionRoutesTest : public ::testing::Test {
 protected:
  DeletionRoutesTest() {
    store.script(
        [this](const layer::testing::SeenCall& call) -> async::Task<Result<store::Answer>> {
          co_return reply(call);
        });
    routes.serve(handlers);
    routes.start();
  }
  ~DeletionRoutesTest() override { routes.stop(); }

  store::Answer reply(const layer::testing::SeenCall& call) {
    const std::string name = call.target.substr(std::string_view("/v2/namespaces/").size());
    if (call.method == "DELETE") {
      return namespaces.erase(name) == 1 ? layer::testing::answer(200, R"({"status": "OK"})")
                                         : layer::testing::answer(404, R"({"error":"gone"})");
    }
    return namespaces.contains(name.substr(0, name.find('/'))) ? layer::testing::answer(200, "{}")
                                                               : layer::testing::answer(404, "{}");
  }

  struct Got {
    int status = 0;
    std::string body{};
    std::string deletion_id{};
    ErrorCode error{};
  };
  Got ask(std::string method, std::string target, std::optional<Caller> who = std::nullopt,
          bool ns_proven = false) {
    return async::run_blocking(loops.at(0), [&]() -> async::Task<Got> {
      http::StringBody body("");
      http::Request request{
          .method = method, .target = target, .headers = {}, .peer = "127.0.0.1", .body = &body};
      Exchange exchange(request, match_route(request.method, request.path()));
      exchange.caller = who ? std::move(who) : caller(CallerKind::kStaticKey, "ci");
      exchange.ns_proven = ns_proven;
      exchange.target.store = &store;
      if (exchange.ns() == "renamed") {
        exchange.target.physical = "docs";
      }
      auto answer = co_await handlers.find(exchange.route().id)->handle(exchange);
      if (!answer) {
        co_return Got{.error = answer.error().code};
      }
      co_return Got{.status = answer->status,
                    .body = answer->body,
                    .deletion_id = std::string(
                        exchange.answer_headers.find("x-layer-deletion-id").value_or(""))};
    });
  }
  void wait_until_complete(const std::string& id, const std::string& ns = "docs") {
    for (int tries = 0; tries < 20'000; ++tries) {
      if (ask("GET", "/v2/namespaces/" + ns + "/deletions/" + id).body.find("complete") !=
          std::string::npos) {
        return;
      }
      async::run_blocking(loops.at(0),
                          [] { return async::sleep_for(std::chrono::milliseconds(1)); });
    }
    ADD_FAILURE() << "the deletion does not end";
  }

  async::Loops loops{1};
  core::ManualClock clock{1'700'000'000'000};
  core::Metrics metrics;
  core::Logger log{{.level = core::LogLevel::kOff}};
  objects::MemoryStore memory{clock};
  std::atomic<bool> objects_down = false;
  objects::FaultyStore objects{memory, [this](objects::Operation, std::string_view) {
                                 return objects::Fault{.kind = objects_down
                                                                   ? objects::Fault::Kind::kBefore
                                                                   : objects::Fault::Kind::kNone};
                               }};
  std::set<std::string> namespaces{"docs"};
  layer::testing::FakeStore store;
  std::vector<std::string> forgotten;
  core::Signer signer = *core::Signer::make({std::string(32, 'k')});
  Authenticator auth{{.policy = nullptr, .sources = {}, .metrics = metrics, .log = log}};
  Proxy proxy{auth, {.decoded_bytes_max = 1 << 20}};
  DeletionRoutes routes{{.objects = objects,
                         .find_store = [this](std::string_view) { return &store; },
                         .forget = [this](std::string_view ns) { forgotten.emplace_back(ns); },
                         .gateway_id = "00000000000000ab",
                         .places = {},
                         .proxy = proxy,
                         .signer = signer,
                         .clock = clock,
                         .metrics = metrics,
                         .log = log,
                         .loop = loops.at(0)}};
  RouteHandlers handlers;
};

TEST_F(DeletionRoutesTest, TheAnswerIsTheStoresWithTheIdOfTheDeletion) {
  const Got deleted = ask("DELETE", "/v2/namespaces/docs");
  EXPECT_EQ(deleted.status, 200);
  EXPECT_EQ(deleted.body, R"({"status": "OK"})");
  ASSERT_NE(deleted.deletion_id, "");
  wait_until_complete(deleted.deletion_id);
  const Got receipt = ask("GET", "/v2/namespaces/docs/deletions/" + deleted.deletion_id);
  EXPECT_EQ(receipt.body,
            R"({"id":")" + deleted.deletion_id +
                R"(","namespace":"docs","requested_at":1700000000000,"requested_by":"ci",)"
                R"("completed_at":1700000000000,"state":"complete","places":[)"
                R"({"place":"store","state":"done","purged_at":1700000000000},)"
                R"({"place":"namespace_state","state":"done","purged_at":1700000000000,)"
                R"("objects":0},)"
                R"({"place":"gateway_memory:00000000000000ab","state":"done",)"
                R"("purged_at":1700000000000}]})");
  EXPECT_EQ(forgotten.front(), "docs");
}

TEST_F(DeletionRoutesTest, ARenamedNamespaceIsDeletedUnderItsNameInTheStore) {
  const Got deleted = ask("DELETE", "/v2/namespaces/renamed");
  EXPECT_EQ(deleted.status, 200);
  wait_until_complete(deleted.deletion_id, "renamed");
  EXPECT_TRUE(namespaces.empty());
  EXPECT_EQ(forgotten.front(), "renamed");
}

TEST_F(DeletionRoutesTest, TheOlderPathLeavesNothingBehindEither) {
  const Got deleted = ask("DELETE", "/v1/namespaces/docs");
  EXPECT_NE(deleted.deletion_id, "");
  EXPECT_EQ(store.last().target, "/v1/namespaces/docs");
}

TEST_F(DeletionRoutesTest, ANameNoNamespaceCanHaveIsForwarded) {
  const Got answer = ask("DELETE", "/v2/namespaces/a%20b");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.deletion_id, "");
  EXPECT_EQ(store.last().target, "/v2/namespaces/a%20b");
}

TEST_F(DeletionRoutesTest, WithoutTheObjectStoreNothingIsDeleted) {
  objects_down = true;
  EXPECT_EQ(ask("DELETE", "/v2/namespaces/docs").error, ErrorCode::kServiceUnavailable);
  EXPECT_TRUE(namespaces.contains("docs"));
  EXPECT_EQ(ask("GET", "/v2/namespaces/docs/deletions").error, ErrorCode::kUpstream);
}

TEST_F(DeletionRoutesTest, ListsNewestFirstAndGoesOnWithACursor) {
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    ids.push_back(ask("DELETE", "/v2/namespaces/docs").deletion_id);
    wait_until_complete(ids.back());
    clock.advance(std::chrono::milliseconds(1));
  }
  const auto page = [&](const std::string& query) {
    return *json::Document::parse(ask("GET", "/v2/namespaces/docs/deletions" + query).body);
  };
  const auto id_at = [](const json::Document& document, std::size_t i) {
    return std::string(document.root()["deletions"].at(i)["id"].get_string().value());
  };
  const auto first = page("?limit=2");
  EXPECT_EQ(id_at(first, 0), ids[2]);
  EXPECT_EQ(id_at(first, 1), ids[1]);
  const std::string cursor(first.root()["next_cursor"].get_string().value());
  const auto second = page("?limit=2&cursor=" + cursor);
  EXPECT_EQ(id_at(second, 0), ids[0]);
  EXPECT_NE(second.root()["next_cursor"].error(), simdjson::SUCCESS);
  EXPECT_EQ(ask("GET", "/v2/namespaces/other/deletions?cursor=" + cursor).error,
            ErrorCode::kInvalidCursor);
}

TEST_F(DeletionRoutesTest, RefusesLimitsThatAreNone) {
  for (const std::string_view limit : {"0", "201", "-1", "x", ""}) {
    EXPECT_EQ(ask("GET", "/v2/namespaces/docs/deletions?limit=" + std::string(limit)).error,
              ErrorCode::kValidation)
        << limit;
  }
}

TEST_F(DeletionRoutesTest, UnknownDeletionsAreNotFound) {
  EXPECT_EQ(ask("GET", "/v2/namespaces/docs/deletions/x").error, ErrorCode::kNotFound);
  EXPECT_EQ(ask("GET", "/v2/namespaces/docs/deletions/..%2F..%2Fsystem").error,
            ErrorCode::kNotFound);
  EXPECT_EQ(ask("GET", "/v2/namespaces/docs/deletions").body, R"({"deletions":[]})");
}

TEST_F(DeletionRoutesTest, APassthroughCallerSeesItsOwnReceiptsOfAnAbsentNamespace) {
  const auto mine = [] { return caller(CallerKind::kPassthrough, "passthrough", 1); };
  const auto theirs = [] { return caller(CallerKind::kPassthrough, "passthrough", 2); };
  const std::string id = ask("DELETE", "/v2/namespaces/docs", mine()).deletion_id;
  ASSERT_NE(id, "");
  const std::string receipt = "/v2/namespaces/docs/deletions/" + id;
  EXPECT_NE(ask("GET", receipt, mine()).body.find("passthrough:0101010101010101"),
            std::string::npos);
  EXPECT_EQ(ask("GET", receipt, theirs()).error, ErrorCode::kNotFound);
  EXPECT_EQ(ask("GET", "/v2/namespaces/docs/deletions", theirs()).body, R"({"deletions":[]})");
  EXPECT_EQ(ask("GET", receipt, theirs(), true).status, 200)
      << "who opens the namespace sees them all";
}

}  // namespace
}  // namespace layer::gateway
