// How many rows an answer has and which are its first. Thread safety: pure functions. Cost: one
// pass over the answer at the lexer's speed; no row is looked into beyond the first ten's ids.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace layer::features::capture {

inline constexpr std::size_t kTopIdsMax = 10;

struct AnswerRows {
  std::vector<std::string> top_ids{};  // JSON texts, best first, each once
  std::uint64_t count = 0;             // rows; of an aggregation, its groups
  std::string hybrid{};                // JSON; empty: not in the answer
  std::string routing{};
  bool truncated = false;  // the text ended before its value did
};
// An answer of /query with rows, results or aggregations, or an array of rows as /v1 answers.
// `text` may be cut off at its end.
AnswerRows read_rows(std::string_view text);

// A query that was routed to meaning without a vector was not asked at all (rule AU2).
bool is_deferred(std::string_view answer);

inline constexpr std::size_t kSearchedMax = 16;

// Rows of a federated answer by their namespace, in the order of each one's best row.
struct NamespaceRows {
  std::string ns{};
  std::vector<std::string> top_ids{};
  std::uint64_t count = 0;
};
struct FederatedRows {
  std::vector<NamespaceRows> namespaces{};
  // Those that answered, with rows or without: the first kSearchedMax.
  std::vector<std::string> searched{};
  std::string hybrid{};
  std::string routing{};
  bool truncated = false;
};
FederatedRows read_federated_rows(std::string_view text);

// The ids of the documents in the answer to a fetch, one or many: JSON texts.
std::vector<std::string> read_document_ids(std::string_view text);

}  // namespace layer::features::capture
