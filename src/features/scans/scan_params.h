// What the job of a scan keeps: what was asked, and what was decided when it was. Thread safety:
// plain values, pure functions.
#pragma once

#include <string>
#include <string_view>

#include "features/scans/scan_ask.h"

namespace layer::features::scans {

struct ScanParams {
  std::string text = "{}";   // the body as it was sent, at most kAskBytesMax
  ScanAsk ask{};             // what it says
  freshness::ReadCut cut{};  // one decision for all pages and shards, however long they take
  // Of the namespace when the scan was asked for: rows of its successor are not what was meant.
  std::uint64_t incarnation = 0;
};

std::string print_params(const ScanParams& params);
// What print_params() printed. Errors: kCorrupt.
Result<ScanParams> parse_params(std::string_view text);

}  // namespace layer::features::scans
