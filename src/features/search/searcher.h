// Queries with the gateway's own fields over one namespace (rules Q1 to Q4, K4 to K6, 3.10 and AU1
// to AU4 of the contract): `vector`, `nearest_to_id`, HybridText, Auto, paging. What it gives back
// is rows and facts; routes print them, a federated query merges them. Thread safety: any loop,
// concurrently; a search stays on its loop.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cache/document_cache.h"
#include "core/signer.h"
#include "features/embed/embedder.h"
#include "features/legs/legs.h"
#include "features/search/schema_cache.h"

namespace layer::features::search {

struct SearchPlace {
  legs::ReadPlace read;
  cache::CachedNamespace cached{};  // rows of nearest_to_id may be cached under it
};

struct SearchAsk {
  std::string body;  // one JSON object, decoded, at most 8 MiB
  freshness::ReadCut cut{};
  // Of the body's own cursor: a federated query has none and says so.
  bool paging = true;
};

// How rows of an answer compare with rows of another namespace.
enum class RankKind : std::uint8_t { kVector, kText, kHybrid, kOrdered };
std::string_view name(RankKind kind);  // "vector", "text", "hybrid_text", "ordered"

struct SearchAnswer {
  std::vector<legs::LegRow> rows{};  // of the page, in order; `text` as it is sent
  RankKind kind = RankKind::kOrdered;
  std::string vector_attribute{};  // of kVector, and how many dimensions were asked
  std::size_t vector_dims = 0;
  std::string hybrid{};   // JSON, or empty
  std::string routing{};  // JSON, or empty
  bool paged = false;     // a cursor was asked for: the body tells `next_cursor`
  std::optional<std::string> next_cursor{};
  std::string billing{};      // JSON, or empty
  std::string performance{};  // JSON, or empty
  std::vector<std::string_view> warnings{};
  bool partial = false;
  freshness::ReadCut cut{};
  std::uint32_t upstream_calls = 0;  // that read rows; those for schemas and seeds are not counted
};
using SearchOutcome = std::variant<SearchAnswer, pages::StoreReply>;

// A text that the store's refusal may stand in for.
using TextOutcome = std::variant<std::string, pages::StoreReply>;

class Searcher {
 public:
  // All of them outlive the searcher.
  struct Parts {
    legs::LegReader& legs;
    cache::DocumentCache* cache;  // null: off
    embed::Embedder& embedder;
    const core::Signer& signer;
    const core::Clock& clock;
    async::CpuPool& pool;
    core::Metrics& metrics;
  };
  explicit Searcher(Parts parts) : parts_(parts), schemas_(parts.clock) {}

  // Errors: kValidation, kInvalidCursor, kNotFound (seeds of nearest_to_id), those of the embedder
  // and of LegReader::read.
  async::Task<Result<SearchOutcome>> search(SearchPlace place, SearchAsk ask,
                                            async::TimePoint deadline);
  // What search() would ask the store for, as JSON: {"route","legs","cut","source",
  // "upstream_calls"}. Vectors of nearest_to_id and embeddings are resolved for it.
  async::Task<Result<TextOutcome>> explain(SearchPlace place, SearchAsk ask,
                                           async::TimePoint deadline);
  // A multi-query whose members say `vector`, `nearest_to_id` or Embed, with rankings of the
  // store's wire in their place. Errors name the member: kValidation also where one has a field
  // that goes with a query of its own.
  async::Task<Result<TextOutcome>> rewrite_queries(SearchPlace place, std::string body,
                                                   async::TimePoint deadline);
  // Whether the ranking of a query, one JSON object, holds a text that the gateway embeds. The
  // body outlives the wait.
  async::Task<bool> embeds(std::string_view body, std::string ns);

 private:
  async::Task<> learn_profiles(std::string_view body, const std::string& ns);

  Parts parts_;
  SchemaCache schemas_;
};

// {"rows":[...],"hybrid":...,"next_cursor":...,"billing":...,"performance":...}
std::string print_answer(const SearchAnswer& answer);

}  // namespace layer::features::search
