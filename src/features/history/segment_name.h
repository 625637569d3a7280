// How objects of the history are called, and what their names tell:
//
//   history/{namespace}/{YYYY-MM-DD}/{HH}/{gateway}-{number}.ndjson.zst   as a gateway uploads it
//   history/{namespace}/{YYYY-MM-DD}/day/{gateway}-{number}.ndjson.zst    as compaction makes it
//   history/{namespace}/{YYYY-MM-DD}/day/index.json.zst                   what compaction did
//
// {number} has 29 digits: 13 of a counter that no segment of the gateway shares, then twice 8, the
// milliseconds of the day of the oldest and of the newest record: a list is read from the newest
// on without opening what cannot matter. Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace layer::features::history {

inline constexpr std::string_view kHistoryPrefix = "history/";
std::string namespace_prefix(std::string_view ns);                // "history/{ns}/"
std::string day_prefix(std::string_view ns, std::int64_t day);    // "history/{ns}/2026-11-23/"
std::string hour_prefix(std::string_view ns, std::int64_t hour);  // hours since the epoch
std::string compacted_prefix(std::string_view ns, std::int64_t day);
std::string index_key(std::string_view ns, std::int64_t day);

struct SegmentName {
  std::string prefix{};  // hour_prefix() or compacted_prefix()
  std::string gateway{};
  std::uint64_t counter = 0;
  std::int64_t oldest_ns = 0;  // of the records; nothing is older
  std::int64_t newest_ns = 0;  // nothing is newer
};
std::string segment_key(const SegmentName& name);

// A segment as a list shows it.
struct Segment {
  std::string key{};
  std::int64_t oldest_ns = 0;
  std::int64_t newest_ns = 0;
  std::uint64_t counter = 0;
  bool compacted = false;
};
// nullopt: no segment below day_prefix(ns, day). One whose number is not ours may hold any record
// of its hour.
std::optional<Segment> parse_segment(std::string_view key, std::string_view day_prefix,
                                     std::int64_t day);
// The part of a key behind its day's prefix, without the ending: "08/a-1".
std::string_view short_name(std::string_view key, std::string_view day_prefix);

}  // namespace layer::features::history
