// What an export is asked for: the body of POST .../exports (rule X2 of the contract), as a job
// keeps it. Thread safety: plain values, pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "features/freshness/read_cut.h"
#include "features/pages/row_pages.h"

namespace layer::features::exports {

inline constexpr std::uint32_t kPageSizeDefault = 1000;
inline constexpr std::uint32_t kPageSizeMax = 10'000;
inline constexpr std::uint32_t kThreadsDefault = 8;
inline constexpr std::uint32_t kThreadsMax = 32;
// A job keeps what was asked for as one text.
inline constexpr std::size_t kAskBytesMax = std::size_t{48} * 1024;

struct ExportParams {
  std::string filter{};  // JSON text as it was written; empty: none
  freshness::TimeRange range{};
  pages::PageQuery::Columns columns = pages::PageQuery::Columns::kAll;
  std::vector<std::string> names{};  // of kSome
  std::uint32_t threads = kThreadsDefault;
  std::uint32_t page_size = kPageSizeDefault;
  // Of the namespace when the export was asked for: rows of its successor are not what was meant.
  std::uint64_t incarnation = 0;
};

// Errors: kValidation with "details" that name the member.
Result<ExportParams> parse_ask(std::string_view body);

// The rows of it, of all shards.
pages::PageQuery page_query(const ExportParams& params);

std::string print_params(const ExportParams& params);
// What print_params() printed. Errors: kCorrupt.
Result<ExportParams> parse_params(std::string_view text);

}  // namespace layer::features::exports
