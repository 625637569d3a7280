// Reading what was kept of searches and clicks: pages newest first for people, every record of a
// time range for sums and exports. Thread safety: any loop, concurrently.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "async/task.h"
#include "core/error.h"

namespace layer::features::history {

enum class RecordKind : std::uint8_t { query, click };

// One record as it is kept.
struct Stored {
  RecordKind kind = RecordKind::query;
  std::int64_t timestamp_ns = 0;  // epoch
  std::string query_id{};
  std::string json{};  // one JSON object, the answer's form (without the segment's "t")
};

struct TimeRange {
  std::int64_t from_ns = 0;                                       // inclusive
  std::int64_t to_ns = std::numeric_limits<std::int64_t>::max();  // exclusive
};

// What a page shows; empty strings and lists do not narrow.
struct Selection {
  TimeRange range{};
  std::vector<std::string> tags{};  // all must be there
  std::string client_id{};
  std::string query_id{};
  std::string raw_query{};  // a part of the text
  std::string trace_id{};
  std::string action{};
};

// Where a page ended: the next one starts with what is older. `query_id` is kept as it came: where
// several records share timestamp and query id (clicks of one batch) it says more than the id. One
// made from a time alone has none: everything before that nanosecond follows.
struct Position {
  std::int64_t timestamp_ns = 0;
  std::string query_id{};
};

struct Page {
  std::vector<Stored> records{};   // newest first by (timestamp_ns, query_id)
  std::optional<Position> next{};  // absent: nothing older
};

struct ScanLimits {
  std::uint64_t max_records = 5'000'000;
  std::int64_t max_ms = 30'000;
};

struct ScanEnd {
  std::uint64_t records = 0;
  bool truncated = false;  // a limit was met: the newest were told
};

class Reader {
 public:
  virtual ~Reader() = default;

  // The newest records of a kind before `before`, at most `limit`.
  virtual async::Task<Result<Page>> newest(std::string ns, RecordKind kind, Selection selection,
                                           std::optional<Position> before, std::size_t limit) = 0;

  // Tells every record of the range, queries and clicks, newest segments first and in no promised
  // order within one hour; `told` is called on one thread at a time and answers false to end early.
  virtual async::Task<Result<ScanEnd>> scan(std::string ns, TimeRange range, ScanLimits limits,
                                            std::function<bool(const Stored&)> told) = 0;

  // The namespace of a recorded query of the last 24 hours, if this gateway knows it, with the
  // ids that it answered (JSON texts, best first).
  struct Recorded {
    std::string ns;
    std::vector<std::string> top_ids;
  };
  virtual std::optional<Recorded> find(std::string_view query_id) const = 0;
};

}  // namespace layer::features::history
