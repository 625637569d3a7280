// Any bytes as a query body and as a store's answer: a body that can be taken apart gives legs that
// can be put together again, and rows of an answer are texts of it.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "features/legs/answer_lists.h"
#include "features/legs/fuse_rows.h"
#include "features/legs/leg_body.h"
#include "features/legs/query_legs.h"
#include "features/legs/shard_plan.h"
#include "json/document.h"
#include "testing/fuzz.h"

namespace layer::features::legs {
namespace {

void expect(bool holds, const char* what) {
  if (!holds) {
    std::fprintf(stderr, "%s\n", what);
    std::abort();
  }
}

void take_apart(const std::string& body) {
  const auto query = query_legs(body);
  if (!query || !json::Document::parse(body)) {
    return;
  }
  expect(!query->legs.empty() && query->legs.size() <= kLegsMax, "as many legs as there may be");
  std::vector<Projection> projections;
  for (const Leg& leg : query->legs) {
    projections.push_back(projection_of(leg, rank_order_of(leg.rank_by).needed()));
  }
  expect(!shards_to_read(query->legs, 4).empty(), "some shard is read");
  const freshness::RowBounds bounds({.cut_ms = 5}, {.after_ms = 1});
  const auto again = json::Document::parse(body_of({.legs = query->legs,
                                                    .projections = projections,
                                                    .bounds = bounds,
                                                    .vector_encoding = query->vector_encoding,
                                                    .shard_filter = shards::shard_filter(0, 4)}));
  expect(again.has_value(), "what is sent is JSON");
}

void read_answer(const std::string& answer) {
  const RankOrder order = rank_order_of(R"([["a","asc"],["b","desc"]])");
  const ListShape shape{.order = &order, .cut = {"b"}};
  const auto read = read_lists(answer, std::span(&shape, 1), false, wire::IdType::kUuid);
  if (!read || !json::Document::parse(answer)) {
    return;
  }
  std::vector<LegRows> lists(1);
  for (const RankedRow& row : read->lists.front()) {
    expect(json::Document::parse(row.text).has_value(), "a row is JSON");
    expect(!comes_before(order, row, row), "no row is before itself");
    lists.front().rows.push_back({.id = row.id, .text = row.text});
  }
  for (const LegRow& row : fuse_rows(lists, {.limit = 3})) {
    expect(json::Document::parse(row.text).has_value(), "a fused row is JSON");
  }
}

}  // namespace
}  // namespace layer::features::legs

LAYER_FUZZ_TARGET(legs_fuzz) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  layer::features::legs::take_apart(text);
  layer::features::legs::read_answer(text);
}
