#include "features/freshness/read_cut.h"

#include <cstddef>

#include <fmt/format.h>

#include "core/text.h"
#include "json/document.h"
#include "wire/reserved_names.h"
#include "wire/value.h"

namespace layer::features::freshness {
namespace {

std::unexpected<Error> refuse(std::string_view field, std::string_view problem) {
  return std::unexpected(
      Error{.code = ErrorCode::kValidation,
            .message = fmt::format("{}: {}", field, problem),
            .fields = {{.name = "details",
                        .value = fmt::format(R"([{{"field":{},"problem":{}}}])",
                                             core::json_string(field), core::json_string(problem)),
                        .json = true}}});
}

Result<std::int64_t> read_time(std::string_view field, const json::Value& value) {
  if (std::int64_t ms = 0; value.get(ms) == simdjson::SUCCESS) {
    return ms;
  }
  if (std::string_view text; value.get(text) == simdjson::SUCCESS) {
    if (const auto time = wire::parse_datetime(text)) {
      return time->ms;
    }
  }
  return refuse(field, "expected a time: epoch milliseconds or an RFC 3339 string");
}

Result<std::int64_t> parse_time(std::string_view field, std::string_view text) {
  const auto document = json::Document::parse(std::string(text));
  if (!document) {
    return refuse(field, "expected a time: epoch milliseconds or an RFC 3339 string");
  }
  return read_time(field, document->root());
}

Result<TimeRange> parse_between(std::string_view text) {
  constexpr std::string_view kField = "between";
  const auto document = json::Document::parse(std::string(text));
  json::Array bounds;
  if (!document || document->root().get(bounds) != simdjson::SUCCESS || bounds.size() != 2) {
    return refuse(kField, "expected two times: [lo, hi]");
  }
  LAYER_ASSIGN(const std::int64_t lo, read_time(kField, bounds.at(0).value_unsafe()));
  LAYER_ASSIGN(const std::int64_t hi, read_time(kField, bounds.at(1).value_unsafe()));
  if (lo >= hi) {
    return refuse(kField, "the first time must be before the second");
  }
  return TimeRange{.after_ms = lo, .until_ms = hi};
}

std::string compare(std::string_view operation, std::int64_t ms) {
  return fmt::format(R"(["{}","{}",{}])", wire::kStampAttribute, operation, ms);
}

// A member that is null is as good as absent.
std::string_view present(std::string_view text) {
  return text == "null" ? std::string_view{} : text;
}

}  // namespace

ReadCut decide_read(ReadLevel level, const Stability& stability) {
  ReadCut read{.upstream = level, .watermark_ms = stability.stable_as_of_ms};
  if (level != ReadLevel::kStable) {
    return read;
  }
  read.stable = true;
  read.upstream = ReadLevel::kEventual;
  if (stability.stable) {
    return read;
  }
  if (stability.stable_as_of_ms) {
    read.cut_ms = stability.stable_as_of_ms;
    return read;
  }
  read.upstream = ReadLevel::kStrong;
  read.watermark_unknown = true;
  return read;
}

Result<TimeRange> parse_time_range(std::string_view as_of, std::string_view written_before,
                                   std::string_view between) {
  as_of = present(as_of);
  written_before = present(written_before);
  between = present(between);
  if (static_cast<int>(!as_of.empty()) + static_cast<int>(!written_before.empty()) +
          static_cast<int>(!between.empty()) >
      1) {
    return refuse(between.empty() ? "written_before" : "between",
                  "as_of, written_before and between exclude each other");
  }
  if (!between.empty()) {
    return parse_between(between);
  }
  TimeRange range;
  if (!as_of.empty()) {
    LAYER_ASSIGN(range.until_ms, parse_time("as_of", as_of));
  }
  if (!written_before.empty()) {
    LAYER_ASSIGN(range.until_ms, parse_time("written_before", written_before));
  }
  return range;
}

std::string cut_filter(std::int64_t until_ms) {
  return compare("Lte", until_ms);
}

std::string time_filter(const TimeRange& range) {
  return all_of({range.after_ms ? compare("Gt", *range.after_ms) : "",
                 range.until_ms ? compare("Lte", *range.until_ms) : ""});
}

std::string all_of(const std::vector<std::string>& filters) {
  std::string items;
  std::size_t count = 0;
  for (const std::string& filter : filters) {
    if (!filter.empty()) {
      items += (count++ == 0 ? "" : ",") + filter;
    }
  }
  return count < 2 ? items : R"(["And",[)" + items + "]]";
}

}  // namespace layer::features::freshness
