// Pages against a store that a test plays.
#include "features/pages/row_pages.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "async/loops.h"
#include "async/run.h"
#include "features/pages/row_count.h"
#include "features/pages/store_query.h"
#include "json/document.h"
#include "testing/fake_store.h"

namespace layer::features::pages {
namespace {

using namespace std::chrono_literals;
using Columns = PageQuery::Columns;

constexpr const char* kMetadata =
    R"({"schema":{"id":{"type":"uint"},"n":{"type":"int"},"vector":{"type":"[2]f32"}}})";

class RowPagesTest : public ::testing::Test {
 protected:
  RowPagesTest() {
    store.script(
        [this](const layer::testing::SeenCall& call) -> async::Task<Result<store::Answer>> {
          co_return reply(call);
        });
  }

  // Rows 1 to `row_count`; `row_bytes` each, as a stream, where they matter.
  store::Answer reply(const layer::testing::SeenCall& call) {
    if (call.target.ends_with("/metadata")) {
      ++metadata_reads;
      return layer::testing::answer(200, metadata);
    }
    if (refusals > 0) {
      --refusals;
      return layer::testing::answer(refusal_status, R"({"status":"error","error":"not now"})",
                                    {{"retry-after-ms", "1"}});
    }
    const auto body = *json::Document::parse(call.body);
    std::uint64_t after = 0;
    std::string_view first;
    if (body.root().at_pointer("/filters/0").get(first) == simdjson::SUCCESS && first != "n") {
      const bool both = first == "And";
      after = body.root().at_pointer(both ? "/filters/1/0/2" : "/filters/2").get_uint64();
    }
    const std::uint64_t limit = body.root()["top_k"].get_uint64();
    std::string rows;
    for (std::uint64_t id = after + 1; id <= std::min(row_count, after + limit); ++id) {
      rows += fmt::format(R"({}{{"id":{},"vector":[1,2],"n":{}{}}})", rows.empty() ? "" : ",", id,
                          id * 10, extra);
    }
    auto answer = layer::testing::answer(200, fmt::format(R"({{"rows":[{}]}})", rows));
    if (limit > fits) {
      const std::string half_a_limit((documents::kChunkBytesMax / 2) + 1, ' ');
      answer.stream = std::make_unique<http::StringBody>(half_a_limit + half_a_limit);
    }
    return answer;
  }

  Result<std::vector<wire::Id>> ids(PageQuery query) {
    RowPages pages({.store = &store, .physical = "docs", .authorization = {}}, nullptr,
                   std::move(query), pool);
    std::vector<wire::Id> out;
    std::optional<wire::Id> after;
    do {
      auto page = read(pages, after);
      if (!page) {
        return std::unexpected(std::move(page).error());
      }
      for (const auto& row : page->rows) {
        out.push_back(row.id);
      }
      after = page->next_after;
    } while (after);
    return out;
  }
  Result<Page> read(RowPages& pages, std::optional<wire::Id> after = {}) {
    return async::run_blocking(
        loops.at(0), [&] { return pages.read(after, async::SteadyClock::now() + patience); });
  }
  Result<Page> first(PageQuery query) {
    RowPages pages({.store = &store, .physical = "docs", .authorization = {}}, nullptr,
                   std::move(query), pool);
    return read(pages);
  }
  std::vector<wire::Id> up_to(std::uint64_t n) {
    std::vector<wire::Id> all;
    for (std::uint64_t id = 1; id <= n; ++id) {
      all.emplace_back(id);
    }
    return all;
  }

  std::uint64_t row_count = 7;
  std::uint64_t fits = 1'000'000;  // rows of a page
  std::string metadata = kMetadata;
  std::string extra;
  int metadata_reads = 0;
  int refusals = 0;
  int refusal_status = 429;
  std::chrono::milliseconds patience = 1h;
  layer::testing::FakeStore store;
  async::Loops loops{1};
  async::CpuPool pool{{.name = "cut"}};
};

TEST_F(RowPagesTest, GivesEachRowOnceWhateverThePageSize) {
  for (const std::size_t size : {1U, 2U, 3U, 7U, 8U, 10'000U}) {
    const auto read = ids({.page_size = size});
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, up_to(7)) << size;
  }
}

TEST_F(RowPagesTest, EndsWithAPageThatIsNotFull) {
  const auto page = first({.page_size = 8});
  ASSERT_TRUE(page);
  EXPECT_FALSE(page->next_after);
  EXPECT_EQ(store.calls().size(), 2U);  // metadata and one query
}

TEST_F(RowPagesTest, AsksForWhatItIsToldTo) {
  ASSERT_TRUE(first({.filter = R"(["n","Gt",3])", .level = documents::Level::kEventual}));
  EXPECT_EQ(store.last().body, R"({"filters":["n","Gt",3],"rank_by":["id","asc"],"consistency":)"
                               R"({"level":"eventual"},"top_k":1000})");
  ASSERT_TRUE(ids({.filter = R"(["n","Gt",3])", .page_size = 4}));
  EXPECT_TRUE(store.last().body.starts_with(
      R"({"filters":["And",[["id","Gt",4],["n","Gt",3]]],"rank_by")"));
  ASSERT_TRUE(first({.columns = Columns::kSome, .names = {"n", "m"}}));
  EXPECT_TRUE(store.last().body.contains(R"("include_attributes":["n","m"])"));
}

TEST_F(RowPagesTest, KeepsVectorsOnlyWhenAskedTo) {
  const auto without = first({.columns = Columns::kAll});
  ASSERT_TRUE(without);
  EXPECT_EQ(*without->rows[0].attributes, R"({"n":10})");
  EXPECT_TRUE(store.last().body.contains(R"("exclude_attributes":["vector"])"));
  const auto with = first({.columns = Columns::kAllAndVectors});
  ASSERT_TRUE(with);
  EXPECT_EQ(*with->rows[0].attributes, R"({"vector":[1,2],"n":10})");
}

TEST_F(RowPagesTest, ReadsATooLargePageInSmallerOnes) {
  row_count = 10;
  fits = 3;
  const auto read = ids({.page_size = 10});
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, up_to(10));
  fits = 0;
  const auto never = ids({.page_size = 2});
  ASSERT_FALSE(never);
  EXPECT_EQ(never.error().code, ErrorCode::kUpstream);
}

TEST_F(RowPagesTest, ReadsTheShapeAgainWhenRowsShowThatItIsOld) {
  metadata = R"({"schema":{"id":{"type":"uint"},"n":{"type":"int"},"vector":{"type":"[2]f32"},)"
             R"("seen":{"type":"[]int"}}})";
  RowPages pages({.store = &store, .physical = "docs", .authorization = {}}, nullptr,
                 {.columns = Columns::kAll}, pool);
  ASSERT_TRUE(read(pages));
  EXPECT_EQ(metadata_reads, 1);
  extra = R"(,"new":[1.5])";
  ASSERT_TRUE(read(pages));
  EXPECT_EQ(metadata_reads, 2);
}

TEST_F(RowPagesTest, WaitsWhereTheStoreAsksTo) {
  refusals = 3;
  const auto read = ids({});
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, up_to(7));
}

TEST_F(RowPagesTest, GivesUpWaitingAtTheDeadline) {
  refusals = 1'000'000;
  patience = 20ms;
  const auto read = ids({});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kRateLimited);
}

TEST_F(RowPagesTest, KeepsTheWordsOfARefusal) {
  refusals = 1;
  refusal_status = 404;
  const auto read = ids({});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(read.error().message, "the store answered 404: not now");
}

TEST(Refusal, MayPassOnlyWhereTheSameCallCouldSucceedLater) {
  const std::pair<int, ErrorCode> cases[] = {
      {400, ErrorCode::kValidation}, {422, ErrorCode::kValidation}, {413, ErrorCode::kValidation},
      {401, ErrorCode::kForbidden},  {403, ErrorCode::kForbidden},  {404, ErrorCode::kNotFound},
      {408, ErrorCode::kUpstream},   {409, ErrorCode::kUpstream},   {429, ErrorCode::kRateLimited},
      {500, ErrorCode::kUpstream},   {503, ErrorCode::kUpstream}};
  for (const auto& [status, code] : cases) {
    const Error error = refusal_of({.status = status, .body = R"({"error":"why"})"});
    EXPECT_EQ(error.code, code) << status;
    EXPECT_TRUE(error.message.ends_with(": why"));
  }
  EXPECT_EQ(refusal_of({.too_large = true}).code, ErrorCode::kUpstream);
}

TEST(RowCountTest, AsksAndReads) {
  EXPECT_EQ(count_body({}, documents::Level::kStrong),
            R"({"aggregate_by":{"n":["Count"]},"consistency":{"level":"strong"}})");
  EXPECT_EQ(count_body(R"(["a","Eq",1])", documents::Level::kEventual),
            R"({"filters":["a","Eq",1],"aggregate_by":{"n":["Count"]},"consistency":)"
            R"({"level":"eventual"}})");
  EXPECT_EQ(read_count(R"({"aggregations":{"n":12}})"), 12U);
  EXPECT_FALSE(read_count(R"({"rows":[]})"));
}

}  // namespace
}  // namespace layer::features::pages
