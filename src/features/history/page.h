// The newest records of a text of lines, and pages made of several of them. Thread safety: values.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "features/history/reader.h"

namespace layer::features::history {

// The order of lists. Clicks of one batch share time and query id: a hash of the record tells them
// apart.
struct Rank {
  std::int64_t timestamp_ns = 0;
  std::string query_id{};
  std::uint64_t tie = 0;
  auto operator<=>(const Rank&) const = default;
};

// What a page ends before; see Position in reader.h.
Rank rank_of(const Position& position);

struct Found {
  Rank rank{};
  std::string json{};
};

struct PageAsk {
  RecordKind kind = RecordKind::query;
  Selection selection{};
  std::optional<Rank> before{};
  std::size_t limit = 0;
};
// The newest `limit` records of the text that are asked for, in no order. Cost: parses each line.
std::vector<Found> newest_of(std::string_view lines, const PageAsk& ask);

class PageBuilder {
 public:
  explicit PageBuilder(std::size_t limit) : limit_(limit) {}
  void add(std::vector<Found> found);
  // Records older than this change nothing any more.
  std::int64_t floor_ns() const;
  Page finish(RecordKind kind) &&;

 private:
  struct Newer {
    bool operator()(const Found& a, const Found& b) const { return a.rank > b.rank; }
  };
  const std::size_t limit_;
  std::set<Found, Newer> found_;  // one more than a page shows, to know whether another follows
};

}  // namespace layer::features::history
