// The pointer to a namespace's newest snapshot (rule SN4 of the contract): one small object that is
// replaced by compare-and-swap. Thread safety: plain values, pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace layer::features::snapshots {

struct Latest {
  std::string key;  // of the body
  std::string sha;
  std::int64_t watermark_ms = 0;          // when what the body says was first seen
  std::int64_t unchanged_through_ms = 0;  // the newest watermark at which it still held
  std::vector<std::string> fields{};      // that the body holds
  std::int64_t written_at_ms = 0;
  std::uint64_t incarnation = 0;  // how often a namespace of this name was deleted before
  // When fields were last asked for by name; those nobody asks for are dropped one day.
  std::map<std::string, std::int64_t> asked_ms{};

  bool operator==(const Latest&) const = default;
};

std::string print_latest(const Latest& latest);
// Errors: kCorrupt.
Result<Latest> parse_latest(std::string text);

std::string snapshots_prefix(std::string_view ns);  // "snapshots/{ns}/"
std::string latest_key(std::string_view ns);
// "snapshots/{ns}/{watermark, 13 digits}-{sha}.json"
std::string body_key(std::string_view ns, std::int64_t watermark_ms, std::string_view sha);

// What the key of a body tells. nullopt: it is another object's.
struct KeyParts {
  std::string ns;
  std::int64_t watermark_ms = 0;
  std::string sha;

  bool operator==(const KeyParts&) const = default;
};
std::optional<KeyParts> parse_body_key(std::string_view key);

}  // namespace layer::features::snapshots
