// Sums over searches and clicks (rule HI12 of the contract). Records come in any order. The
// figures:
//   queries                   every record of a query
//   sessions                  distinct session ids among them
//   click_through_rate        answered queries that have a click / answered queries; answered:
//                             successful and with at least one row
//   mean_reciprocal_click_rank  mean over queries of 1 / position of their first click; a position
//                             is the click's own, else the row's place among the query's first ten;
//                             clicks without either are left out
//   clicks_by_position        clicks at positions 1 to 10
//   abandonment_rate          sessions with an answered query and no click / sessions with an
//                             answered query; a query without a session is one of its own
// Of one query's words: how often, and the same rates; p95_ms of its successful runs (nearest
// rank); no_result_rate: successful runs without a row / successful runs. A click belongs to the
// queries with its query id. With tags only queries that have all of them count, and clicks of
// those.
//
// Thread safety: one thread at a time. Memory: some 150 bytes a query, at most kQueriesMax, and the
// distinct words, at most kWordsMax.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "features/insights/record.h"

namespace layer::features::insights {

inline constexpr std::size_t kPositions = 10;
inline constexpr std::size_t kQueriesMax = 1'000'000;
inline constexpr std::size_t kWordsMax = 200'000;

struct TopQuery {
  std::string query{};
  std::uint64_t count = 0;
  std::optional<double> ctr{};
  std::optional<double> mrr{};
  std::optional<double> no_result_rate{};
  std::optional<double> p95_ms{};
};
struct UnansweredQuery {
  std::string query{};
  std::uint64_t count = 0;
  std::int64_t last_seen_ms = 0;
};

struct Sums {
  std::uint64_t queries = 0;
  std::uint64_t sessions = 0;
  std::uint64_t clicks = 0;
  std::vector<TopQuery> top_queries{};  // most asked first, then by their words
  std::vector<UnansweredQuery> no_result_queries{};
  std::optional<double> click_through_rate{};  // nullopt: no query was answered
  std::optional<double> mean_reciprocal_click_rank{};
  std::array<std::uint64_t, kPositions> clicks_by_position{};
  std::optional<double> abandonment_rate{};
};

class Tally {
 public:
  struct Limits {
    std::size_t queries_max = kQueriesMax;
    std::size_t words_max = kWordsMax;
  };
  Tally() : Tally({}, Limits()) {}
  Tally(std::vector<std::string> tags, Limits limits) : tags_(std::move(tags)), limits_(limits) {}

  // False: the record was left out because a limit is met; those counted stay counted.
  bool add(const history::Stored& stored);
  // `top`: entries of the two lists.
  Sums finish(std::size_t top) const;

 private:
  using Fingerprint = std::uint64_t;
  struct Query {
    Fingerprint id = 0;
    Fingerprint session = 0;  // 0: none
    std::uint32_t words = 0;  // place in words_; 0: none
    bool answered = false;
    std::vector<std::uint32_t> top_ids{};  // fingerprints
  };
  struct Words {
    std::string text{};
    std::uint64_t count = 0;
    std::uint64_t succeeded = 0;
    std::uint64_t unanswered = 0;
    std::int64_t last_unanswered_ns = 0;
    std::vector<float> durations_ms{};
  };
  struct Click {
    Fingerprint query = 0;
    std::int64_t timestamp_ns = 0;
    std::uint32_t position = 0;  // 0: its own was not told
    std::uint32_t doc = 0;
  };
  struct Joined;

  bool add(const QueryRecord& record);
  bool add(const ClickRecord& record);
  std::uint32_t words_of(const std::string& text, bool& full);
  Joined join() const;

  const std::vector<std::string> tags_;
  const Limits limits_;
  std::uint64_t count_ = 0;
  std::vector<Query> queries_;
  std::vector<Words> words_{1};
  std::unordered_map<std::string, std::uint32_t> words_at_;
  std::vector<Click> clicks_;
};

}  // namespace layer::features::insights
