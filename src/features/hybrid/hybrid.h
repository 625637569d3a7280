// HybridText: a text is matched as it is and, word by word, with its misspellings; the lists are
// fused by reciprocal ranks (rules HT1 to HT11 of the contract). Thread safety: any loop,
// concurrently; a search stays on its loop.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "features/hybrid/expression.h"
#include "features/legs/legs.h"

namespace layer::features::hybrid {

// How far a fused list can be paged.
inline constexpr std::size_t kFusedRowsMax = 10'000;

struct HybridAsk {
  HybridExpression expression;
  std::string semantic{};            // a ranking by vectors, JSON, fused with the words; or empty
  std::string filters{};             // JSON, or empty
  std::string include_attributes{};  // JSON, or empty: ids only
  std::string exclude_attributes{};  // JSON, a list; instead of include_attributes
  std::string more{};                // further members for every list, as in legs::Leg
  bool leg_breakdown = false;
  std::size_t top_k = 10;
  std::size_t offset = 0;               // in the fused list
  std::optional<std::size_t> window{};  // of the first page: limit of every leg
  bool fuzzy_supported = true;          // by the field, as far as known (rule HT4)
};

struct HybridAnswer {
  std::vector<legs::LegRow> rows{};  // of the page; `text` carries $score, and $fused if asked
  std::string echo{};                // the member "hybrid", JSON
  std::size_t window = 0;
  std::size_t tokens = 0;          // words that were looked for
  bool more = false;               // the list goes on behind the page
  bool window_exhausted = false;   // it ended because every leg was full
  bool fuzzy_unsupported = false;  // by the field: misspelled words are not found
  bool legs_failed = false;        // optional ones; the rest answered (option `partial`)
  std::string billing{};
  std::string performance{};
  freshness::ReadCut cut{};
  std::uint32_t upstream_calls = 0;
};
using HybridOutcome = std::variant<HybridAnswer, pages::StoreReply>;

// The lists that a search reads, without asking anybody. Errors: kValidation (no word in the text).
Result<std::vector<legs::Leg>> plan_hybrid(const HybridAsk& ask);
// Those that stand in where all of them are empty, in the order of ids; none where no word can be
// misspelled, or beside a ranking by vectors.
std::vector<legs::Leg> plan_surfacing(const HybridAsk& ask);

// Errors: kValidation (no word in the text), kInvalidCursor (a page beyond kFusedRowsMax), those of
// LegReader::read.
async::Task<Result<HybridOutcome>> search_hybrid(legs::LegReader& reader, legs::ReadPlace place,
                                                 HybridAsk ask, legs::ReadRows rows,
                                                 async::CpuPool& pool, async::TimePoint deadline);

}  // namespace layer::features::hybrid
