// What `layer export` was told: the flags of the verb, checked. Thread safety: plain values.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "cli/session.h"

namespace layer::cli {

enum class ExportFormat : std::uint8_t { kNdjson, kCsv };

struct ExportAsk {
  ExportFormat format = ExportFormat::kNdjson;
  std::string body{};                     // of POST .../exports
  std::vector<std::string> attributes{};  // named ones; none: all
  bool vectors = false;
  std::string out{};  // file; empty: standard output
  bool resume = false;
  std::chrono::milliseconds retry_for{};  // how long an unreachable server is waited for
};

// Errors: kInvalidArgument, a sentence for who typed it.
Result<ExportAsk> read_export_ask(const Session& session);

// The columns of a CSV file: id, then the attributes that were named in their order, or all that
// `metadata`, the answer of the namespace's metadata route, knows in alphabetical order; vectors
// where they were asked for, the gateway's own only by name. Errors: kInvalidJson.
Result<std::vector<std::string>> csv_columns(const ExportAsk& ask, const std::string& metadata);

}  // namespace layer::cli
