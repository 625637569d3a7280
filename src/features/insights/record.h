// What sums need of a kept record. Thread safety: pure functions. Cost: one parse.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "features/history/reader.h"

namespace layer::features::insights {

struct QueryRecord {
  std::int64_t timestamp_ns = 0;
  std::string query_id{};
  std::string session_id{};
  std::string words{};  // as query_words() makes them; empty: no words were asked for
  std::vector<std::string> top_ids{};
  std::uint64_t results = 0;
  double duration_ms = 0;
  int status = 200;
  std::vector<std::string> tags{};

  bool succeeded() const { return status >= 200 && status < 300; }
};

struct ClickRecord {
  std::int64_t timestamp_ns = 0;
  std::string query_id{};
  std::string doc_id{};
  std::optional<std::uint32_t> position{};
  bool chosen = false;  // the action is a click
};

// nullopt: not such a record.
std::optional<QueryRecord> read_query(const history::Stored& stored);
std::optional<ClickRecord> read_click(const history::Stored& stored);

}  // namespace layer::features::insights
