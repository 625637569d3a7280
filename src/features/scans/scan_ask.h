// What a scan is asked for: the body of POST .../scans (rule table 3.13 of the contract). Thread
// safety: plain values, pure functions.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "features/freshness/read_cut.h"
#include "features/hybrid/expression.h"

namespace layer::features::scans {

inline constexpr std::uint32_t kThreadsDefault = 8;
inline constexpr std::uint32_t kThreadsMax = 32;
inline constexpr std::uint32_t kPageSizeDefault = 1000;
inline constexpr std::uint32_t kPageSizeMax = 10'000;
inline constexpr std::uint32_t kTimeoutSecondsDefault = 30;
inline constexpr std::uint32_t kTimeoutSecondsMax = 300;
// A job keeps what was asked as one text.
inline constexpr std::size_t kAskBytesMax = std::size_t{48} * 1024;

enum class Mode : std::uint8_t { kIds, kCount, kValues };
enum class Source : std::uint8_t { kAuto, kSnapshot, kCache, kOrigin };
enum class Selector : std::uint8_t { kFilter, kFts, kHybridText, kAnn };
std::string_view name(Mode mode);
std::string_view name(Source source);
std::string_view name(Selector selector);

struct ScanAsk {
  Mode mode = Mode::kIds;
  Source source = Source::kAuto;
  std::string filter{};  // JSON text as it was written; empty: none
  freshness::TimeRange range{};
  Selector selector = Selector::kFilter;
  std::string rank_by{};             // of fts and ann: JSON text, as a query takes it
  hybrid::HybridExpression words{};  // of hybrid_text
  double radius = 0;                 // of ann
  bool exhaustive = false;
  std::string field{};  // of mode values
  std::uint32_t threads = kThreadsDefault;
  std::uint32_t page_size = kPageSizeDefault;
  std::chrono::seconds timeout{kTimeoutSecondsDefault};
  std::optional<freshness::ReadLevel> level{};
};

// Errors: kValidation with "details" that name the member.
Result<ScanAsk> parse_ask(std::string_view body);

// kValidation about one member.
Error invalid(std::string_view member, std::string_view problem);

}  // namespace layer::features::scans
