// Any JSON as a ranking: read within its limits, or refused.
#include <cstdlib>
#include <string>

#include "core/limits.h"
#include "testing/fuzz.h"
#include "wire/rank_by_parse.h"

LAYER_FUZZ_TARGET(rank_by_fuzz) {
  namespace json = layer::json;
  namespace wire = layer::wire;
  namespace limits = layer::core::limits;
  const auto document =
      json::Document::parse(std::string(reinterpret_cast<const char*>(data), size));
  if (!document) {
    return;
  }
  const json::Path root(document->text());
  const auto rank_by = wire::parse_rank_by(document->root(), root);
  if (!rank_by) {
    return;
  }
  if (const auto* order = std::get_if<wire::RankOrder>(&*rank_by)) {
    if (order->clauses.empty() || order->clauses.size() > limits::order_by_clauses_max) {
      std::abort();
    }
  }
  if (const auto* vector = std::get_if<wire::RankVector>(&*rank_by)) {
    const auto* operand = std::get_if<wire::QueryVectors>(&vector->operand);
    if (operand != nullptr && (operand->vectors.empty() || operand->vectors[0].empty() ||
                               operand->vectors[0].size() > limits::vector_dims_max)) {
      std::abort();
    }
  }
  static_cast<void>(wire::bm25_clauses(*rank_by, "t"));
}
