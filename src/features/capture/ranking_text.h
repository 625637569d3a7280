// What a rank_by says, without its vectors. Thread safety: pure functions. Views and texts are
// JSON as a query holds it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "json/writer.h"

namespace layer::features::capture {

struct Ranking {
  std::string kind{};   // BM25, ANN, kNN, HybridText, Auto, asc, desc, an operator, or order
  std::string field{};  // empty where there are several
  std::string text{};   // words that were looked for
  std::optional<std::uint64_t> vector_len{};
  std::string expression{};  // JSON, of what the members above do not say whole
};
Ranking describe_ranking(std::string_view rank_by);
void put_ranking(json::Writer& out, const Ranking& ranking);

// Components of a vector: an array of numbers, or f32 in base64. 0: neither.
std::uint64_t vector_length(std::string_view vector);

// Without white space between tokens, so that a record stays one line.
std::string compact(std::string_view json);

}  // namespace layer::features::capture
