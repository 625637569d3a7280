#include "features/warm/blob_warm.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "async/loops.h"
#include "async/run.h"
#include "cache/memory/memory_store.h"
#include "core/clock.h"
#include "features/blobs/blob_hash.h"
#include "json/document.h"
#include "objects/memory_store.h"
#include "testing/fake_store.h"

namespace layer::features::warm {
namespace {

class BlobWarmTest : public ::testing::Test {
 protected:
  BlobWarmTest() {
    store.script(
        [this](const layer::testing::SeenCall& call) -> async::Task<Result<store::Answer>> {
          co_return reply(call);
        });
  }

  store::Answer reply(const layer::testing::SeenCall& call) {
    if (call.target.ends_with("/metadata")) {
      return layer::testing::answer(
          200, R"({"schema":{"id":{"type":"uint"},"image":{"type":"string"}}})");
    }
    const auto body = *json::Document::parse(call.body);
    std::uint64_t after = 0;
    if (body.root()["filters"].error() == simdjson::SUCCESS) {
      after = body.root().at_pointer("/filters/2").get_uint64();
    }
    const std::uint64_t limit = body.root()["top_k"].get_uint64();
    std::string text;
    for (std::uint64_t id = after + 1; id <= std::min<std::uint64_t>(rows.size(), after + limit);
         ++id) {
      text += fmt::format(R"({}{{"id":{},{}}})", text.empty() ? "" : ",", id, rows[id - 1]);
    }
    return layer::testing::answer(200, fmt::format(R"({{"rows":[{}]}})", text));
  }

  // Its reference.
  std::string put(const std::string& bytes, const std::string& ns = "docs") {
    http::StringBody body(bytes);
    const auto stored =
        async::run_blocking(loops.at(0), [&] { return source.put(ns, body, false); });
    EXPECT_TRUE(stored);
    return blobs::print_ref(stored->ref);
  }
  Result<BlobWarmReport> warm(std::uint64_t budget = 1 << 20) {
    return async::run_blocking(loops.at(0), [&]() -> async::Task<Result<BlobWarmReport>> {
      pages::RowPages pages({.store = &store, .physical = "docs", .authorization = {}}, nullptr,
                            {.page_size = 2, .columns = pages::PageQuery::Columns::kAll}, pool);
      co_return co_await warm_blobs(source, pages,
                                    {.ns = "docs",
                                     .attributes = {"image", "more"},
                                     .budget_bytes = budget,
                                     .deadline = async::SteadyClock::now() + std::chrono::hours(1)},
                                    pool);
    });
  }

  std::vector<std::string> rows;  // members of each
  core::SystemClock clock;
  core::Metrics metrics;
  async::Loops loops{1};
  async::CpuPool pool{{.name = "cut"}};
  layer::testing::FakeStore store;
  objects::MemoryStore objects{clock};
  cache::MemoryStore records{64 << 20, clock};
  blobs::Blobs source{{.objects = &objects, .cache = &records, .pool = pool, .metrics = metrics}};
};

TEST_F(BlobWarmTest, FetchesEachBlobThatRowsReferToOnce) {
  const std::string a = put("aaaa");
  const std::string b = put("bb");
  rows = {fmt::format(R"("image":"{}")", a),
          fmt::format(R"("image":null,"more":["{}","{}"])", a, b), R"("other":1)"};
  const auto report = warm();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->documents_scanned, 3U);
  EXPECT_EQ(report->refs_seen, 3U);
  EXPECT_EQ(report->objects, 2U);
  EXPECT_EQ(report->bytes, 6U);
  EXPECT_FALSE(report->budget_exhausted);
}

TEST_F(BlobWarmTest, CountsReferencesThatLeadNowhere) {
  rows = {R"("image":"no reference")", fmt::format(R"("image":"{}")", put("x", "strangers")),
          fmt::format(R"("image":"blob://docs/{}")", std::string(64, '0'))};
  const auto report = warm();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->invalid_refs, 2U);
  EXPECT_EQ(report->missing, 1U);
  EXPECT_EQ(report->objects, 0U);
}

TEST_F(BlobWarmTest, StopsBeforeItCrossesItsBudget) {
  rows = {fmt::format(R"("image":"{}")", put("aaaa")), fmt::format(R"("image":"{}")", put("bbbb")),
          fmt::format(R"("image":"{}")", put("cccc"))};
  const auto report = warm(9);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->objects, 2U);
  EXPECT_EQ(report->bytes, 8U);
  EXPECT_TRUE(report->budget_exhausted);
}

}  // namespace
}  // namespace layer::features::warm
