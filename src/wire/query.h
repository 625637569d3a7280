// A query request after its shape was checked (POST /v2/namespaces/{ns}/query and explain_query).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/error.h"
#include "wire/filter.h"
#include "wire/rank_by.h"
#include "wire/schema.h"

namespace layer::wire {

enum class Consistency : std::uint8_t { kStrong, kEventual };
enum class VectorEncoding : std::uint8_t { kFloat, kBase64 };

struct LimitPer {
  std::vector<std::string> attributes;
  std::uint32_t limit = 0;
};

struct Limit {
  std::int64_t total = 0;  // as sent; the range 1..10000 is a semantic check
  std::optional<LimitPer> per;
};

// Which attributes come back: none but id by default.
struct Projection {
  enum class Mode : std::uint8_t { kNone, kAll, kInclude, kExclude };
  Mode mode = Mode::kNone;
  std::vector<std::string> names{};
};

struct Aggregate {
  enum class Op : std::uint8_t { kCount, kSum };
  std::string label;
  Op op = Op::kCount;
  std::string attribute{};  // Sum; Count only as the old form ["Count", "id"]
};

struct GroupKey {
  std::string attribute;
  std::string alias;             // equals attribute unless ForEachUnique
  bool for_each_unique = false;  // [alias: ["ForEachUnique", attribute]]
};

struct Highlight {
  enum class FragmentBy : std::uint8_t { kNone, kSentence, kParagraph, kWord };
  enum class Offsets : std::uint8_t { kUtf8, kUtf16, kCodepoints };
  std::string attribute;
  FragmentBy fragment_by = FragmentBy::kSentence;
  std::int64_t fragment_limit = 3;
  std::optional<Offsets> include_offsets{};
  std::optional<ScoreExpr> rank_fragments_by{};  // over the pseudo attribute $fragment
};

struct VectorDist {
  std::string attribute;
  QueryVectors operand;
};

struct ComputeAttribute {
  std::string name;
  std::variant<VectorDist, ScoreExpr, Highlight> expr;  // ScoreExpr is a Bm25 clause
};

struct SubQuery {
  std::optional<RankBy> rank_by;
  std::optional<Limit> limit;  // top_k or limit
  std::optional<std::int64_t> offset;
  std::optional<Filter> filters;
  Projection projection;
  bool include_given = false;
  bool exclude_given = false;
  std::vector<Aggregate> aggregate_by;
  std::vector<GroupKey> group_by;
  std::vector<ComputeAttribute> compute_attributes;
  std::optional<DistanceMetric> distance_metric;
};

struct Rrf {
  double rank_constant = 60;
  std::vector<double> weights{};  // one per sub-query, or empty for all 1
};

struct Query {
  std::vector<SubQuery> queries;  // exactly one unless multi
  bool multi = false;             // written as {"queries": [...]}
  std::optional<Rrf> rerank_by;
  std::optional<Limit> limit;  // multi-query root, used by rerank_by
  std::optional<std::int64_t> offset;
  Consistency consistency = Consistency::kStrong;
  VectorEncoding vector_encoding = VectorEncoding::kFloat;
};

// Errors: 400 for text that is not JSON, 422 for a wrong shape (with path and position), 400 for
// what needs no schema to refuse. Cost: one pass over the body.
Result<Query> parse_query(std::string_view body);

}  // namespace layer::wire
