// What a full parse finds in a write body, and how that compares with the scanner: a model for
// tests, obviously right and slow. Thread safety: pure functions.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/text.h"
#include "gateway/auth/source_scanner.h"
#include "json/document.h"

namespace layer::gateway::source_model {

using core::equals_ignore_case;
using json::Value;

struct Found {
  std::vector<std::string> sources;
  bool opaque = false;

  bool operator==(const Found&) const = default;
};

// False ends the walk, as the scanner's does.
inline bool take(const Value& value, Found& found) {
  if (value.is_array() || value.is_object()) {
    found.opaque = true;
  } else if (value.is_string()) {
    const std::string_view text = value.get_string().value_unsafe();
    found.sources.emplace_back(text);
  }
  return !found.opaque;
}

inline bool take_member(const Value& value, Found& found) {
  if (!value.is_object()) {
    return take(value, found);
  }
  for (const auto& [name, inner] : json::Object(value.get_object())) {
    if (equals_ignore_case(name, "source_namespace") && !take(inner, found)) {
      return false;
    }
  }
  return true;
}

inline Found by_parse(const Value& root) {
  Found found;
  if (root.is_array()) {
    found.opaque = true;
  }
  if (!root.is_object()) {
    return found;
  }
  for (const auto& [name, value] : json::Object(root.get_object())) {
    if ((equals_ignore_case(name, "copy_from_namespace") ||
         equals_ignore_case(name, "branch_from_namespace")) &&
        !take_member(value, found)) {
      break;
    }
  }
  return found;
}

inline Found by_scan(std::string_view text, std::size_t piece_bytes) {
  SourceScanner scanner;
  for (std::size_t at = 0; at < text.size(); at += piece_bytes) {
    scanner.feed(text.substr(at, piece_bytes));
  }
  return {.sources = scanner.take_sources(), .opaque = scanner.opaque()};
}

inline bool is_beyond_limits(const Found& found) {
  std::size_t longest = 0;
  for (const auto& source : found.sources) {
    longest = std::max(longest, source.size());
  }
  // Escaped, the longest one might be six times as long.
  return found.sources.size() > SourceScanner::kSourcesMax ||
         longest > SourceScanner::kCaptureBytesMax / 6;
}

// True when scanner and parse agree, as far as both can tell; the text may come in any pieces.
inline bool agrees(std::string_view text) {
  const Found whole = by_scan(text, text.size() + 1);
  if (by_scan(text, 1) != whole || by_scan(text, text.size() % 13 + 2) != whole) {
    return false;
  }
  const auto document = json::Document::parse(std::string(text));
  if (!document || !(document->root().is_object() || document->root().is_array())) {
    return true;
  }
  const Found parsed = by_parse(document->root());
  return is_beyond_limits(parsed) || parsed == whole;
}

}  // namespace layer::gateway::source_model
