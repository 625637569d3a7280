// Where finished queries and clicks are told, to be kept as search history (rule 3.18 of the
// contract). Thread safety: any loop, concurrently; nothing here waits or fails.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace layer::features::history {

// Who asked, told by the request's headers.
struct Identity {
  std::string raw_query{};
  std::string query_id{};
  std::string client_id{};
  std::string session_id{};
  std::string user_id{};
  std::string application{};
  std::string key_id{};
  std::vector<std::string> tags{};  // trimmed, sorted, no two the same
};

struct QueryEntry {
  std::int64_t timestamp_ns = 0;  // epoch
  std::string ns;
  std::string trace_id;
  Identity who{};
  std::string query{};                 // JSON object without vectors
  std::vector<std::string> top_ids{};  // JSON texts, best first, at most 10
  std::uint64_t result_count = 0;
  double duration_ms = 0;
  std::string level{};
  std::optional<std::int64_t> stable_as_of_ms{};
  std::string served_by{};
  int status = 200;
  bool truncated = false;
  std::optional<std::uint64_t> bytes_queried{};
  std::optional<std::uint64_t> bytes_returned{};
};

struct Click {
  std::int64_t timestamp_ns = 0;
  std::string ns;
  std::string trace_id;
  Identity who{};
  std::string doc_id;  // JSON text
  std::optional<std::uint32_t> position{};
  std::string action = "click";
  std::string source{};       // "single", "batch", "ubi"
  std::string served_from{};  // "cache", "upstream"
  std::string ubi{};          // the event as it came, JSON; empty: none
};

class Recorder {
 public:
  virtual ~Recorder() = default;
  virtual void record(QueryEntry entry) noexcept = 0;
  virtual void record(Click click) noexcept = 0;
};

// A deployment that keeps no history.
class NothingRecorded final : public Recorder {
 public:
  void record(QueryEntry) noexcept override {}
  void record(Click) noexcept override {}
};

}  // namespace layer::features::history
