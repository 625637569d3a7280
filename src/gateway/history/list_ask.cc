#include "gateway/history/list_ask.h"

#include <algorithm>
#include <utility>

#include "core/bytes.h"
#include "core/units.h"
#include "features/capture/history_headers.h"
#include "gateway/errors.h"
#include "gateway/percent.h"
#include "wire/value.h"

namespace layer::gateway {
namespace {

namespace history = features::history;

constexpr std::string_view kPurpose = "cursor1.history.";
constexpr std::int64_t kCursorValidMs = 24LL * 60 * 60 * 1000;
constexpr std::size_t kCursorBytesMax = std::size_t{6} * 1024;
constexpr std::int64_t kNsPerMs = 1'000'000;
// Epoch milliseconds up to the year 2286; beyond, nanoseconds would not fit.
constexpr std::size_t kTimeDigitsMax = 13;
constexpr std::int64_t kTimeMsMax = 9'223'372'036'854;

Result<std::int64_t> parse_time(std::string_view name, const std::string& text,
                                std::int64_t now_ms) {
  const bool digits = !text.empty() && text.size() <= kTimeDigitsMax &&
                      std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (digits) {
    LAYER_ASSIGN(const std::uint64_t ms, core::parse_uint(text));
    return std::min(static_cast<std::int64_t>(ms), kTimeMsMax);
  }
  if (const auto age = core::parse_duration(text)) {
    return std::max<std::int64_t>(now_ms - age->count(), 0);
  }
  if (const auto time = wire::parse_datetime(text)) {
    return std::clamp<std::int64_t>(time->ms, 0, kTimeMsMax);
  }
  return std::unexpected(validation_error(
      name, "expected epoch milliseconds, an RFC 3339 time or an age such as 24h"));
}

std::unexpected<Error> refuse(std::string_view reason, std::string message) {
  return std::unexpected(Error{.code = ErrorCode::kInvalidCursor,
                               .message = std::move(message),
                               .fields = {{.name = "reason", .value = std::string(reason)}}});
}

// An age is another time at each page: the range's ends are left to the pages.
std::string fingerprint(const ListName& list) {
  core::ByteWriter out;
  const history::Selection& selection = list.selection;
  out.string(list.ns);
  out.string(list.kind == history::RecordKind::query ? "q" : "c");
  out.varint(selection.tags.size());
  for (const std::string& tag : selection.tags) {
    out.string(tag);
  }
  for (const std::string* text : {&selection.client_id, &selection.query_id, &selection.raw_query,
                                  &selection.trace_id, &selection.action}) {
    out.string(*text);
  }
  return std::string(out.str());
}

}  // namespace

Result<std::optional<std::int64_t>> read_time(std::string_view query, std::string_view name,
                                              std::int64_t now_ms) {
  const auto text = query_parameter(query, name);
  if (!text) {
    return std::nullopt;
  }
  LAYER_ASSIGN(const std::int64_t ms, parse_time(name, *text, now_ms));
  return ms;
}

Result<history::TimeRange> read_range(std::string_view query, std::int64_t now_ms) {
  history::TimeRange range;
  LAYER_ASSIGN(const auto from, read_time(query, "from", now_ms));
  LAYER_ASSIGN(const auto to, read_time(query, "to", now_ms));
  if (from) {
    range.from_ns = *from * kNsPerMs;
  }
  if (to) {
    range.to_ns = *to * kNsPerMs;
  }
  if (range.from_ns > range.to_ns) {
    return std::unexpected(validation_error("from", "is later than to"));
  }
  return range;
}

Result<history::Selection> read_selection(std::string_view query, history::RecordKind kind,
                                          std::int64_t now_ms) {
  history::Selection out;
  LAYER_ASSIGN(out.range, read_range(query, now_ms));
  LAYER_ASSIGN(const auto before, read_time(query, "before", now_ms));
  if (before) {
    out.range.to_ns = std::min(out.range.to_ns, *before * kNsPerMs);
  }
  auto tags = features::capture::clean_tags(query_parameters(query, "tag"));
  if (!tags) {
    return std::unexpected(validation_error("tag", tags.error().message));
  }
  out.tags = std::move(*tags);
  out.client_id = query_parameter(query, "client_id").value_or("");
  out.query_id = query_parameter(query, "query_id").value_or("");
  out.raw_query = query_parameter(query, "raw_query").value_or("");
  if (kind == history::RecordKind::click) {
    out.trace_id = query_parameter(query, "trace_id").value_or("");
    out.action = query_parameter(query, "action").value_or("");
  }
  return out;
}

std::string seal_history_cursor(const ListName& list, const history::Position& last,
                                std::int64_t now_ms, const core::Signer& signer) {
  core::ByteWriter out;
  out.string(fingerprint(list));
  out.zigzag(last.timestamp_ns);
  out.string(last.query_id);
  out.zigzag(now_ms);
  return signer.seal(kPurpose, out.str());
}

Result<history::Position> open_history_cursor(std::string_view cursor, const ListName& list,
                                              std::int64_t now_ms, const core::Signer& signer) {
  if (cursor.size() > kCursorBytesMax) {
    return refuse("malformed", "a cursor has at most 6 KiB");
  }
  const auto payload = signer.open(kPurpose, cursor);
  if (!payload) {
    return refuse("signature",
                  "the cursor was altered or belongs to another list; send next_cursor as it came");
  }
  core::ByteReader in(*payload);
  if (in.string() != fingerprint(list)) {
    return refuse("mismatch", "the cursor belongs to a list with other parameters");
  }
  history::Position at{.timestamp_ns = in.zigzag(), .query_id = std::string(in.string())};
  const std::int64_t issued_ms = in.zigzag();
  if (!in.done()) {
    return refuse("malformed", "the cursor cannot be read by this version");
  }
  if (now_ms - issued_ms > kCursorValidMs) {
    return refuse("expired", "the cursor is older than 24 h; start the list again");
  }
  return at;
}

}  // namespace layer::gateway
