// Any bytes: the scanner never crashes, does not care where pieces end, and agrees with a full
// parse of everything that is JSON: it finds the same sources, in the same order.
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "core/text.h"
#include "gateway/auth/source_scanner.h"
#include "json/document.h"
#include "testing/fuzz.h"

namespace {

using layer::core::equals_ignore_case;
using layer::gateway::SourceScanner;
using layer::json::Value;

struct Found {
  std::vector<std::string> sources;
  bool opaque = false;

  bool operator==(const Found&) const = default;
};

// False ends the walk, as the scanner's does.
bool take(const Value& value, Found& found) {
  if (value.is_array() || value.is_object()) {
    found.opaque = true;
  } else if (value.is_string()) {
    const std::string_view text = value.get_string().value_unsafe();
    found.sources.emplace_back(text);
  }
  return !found.opaque;
}

bool take_member(const Value& value, Found& found) {
  if (!value.is_object()) {
    return take(value, found);
  }
  for (const auto& [name, inner] : layer::json::Object(value.get_object())) {
    if (equals_ignore_case(name, "source_namespace") && !take(inner, found)) {
      return false;
    }
  }
  return true;
}

Found by_parse(const Value& root) {
  Found found;
  if (root.is_array()) {
    found.opaque = true;
  }
  if (!root.is_object()) {
    return found;
  }
  for (const auto& [name, value] : layer::json::Object(root.get_object())) {
    if ((equals_ignore_case(name, "copy_from_namespace") ||
         equals_ignore_case(name, "branch_from_namespace")) &&
        !take_member(value, found)) {
      break;
    }
  }
  return found;
}

Found by_scan(std::string_view text, std::size_t piece_bytes) {
  SourceScanner scanner;
  for (std::size_t at = 0; at < text.size(); at += piece_bytes) {
    scanner.feed(text.substr(at, piece_bytes));
  }
  return {.sources = scanner.take_sources(), .opaque = scanner.opaque()};
}

bool is_beyond_limits(const Found& found) {
  std::size_t longest = 0;
  for (const auto& source : found.sources) {
    longest = std::max(longest, source.size());
  }
  // Escaped, the longest one might be six times as long.
  return found.sources.size() > SourceScanner::kSourcesMax ||
         longest > SourceScanner::kCaptureBytesMax / 6;
}

}  // namespace

LAYER_FUZZ_TARGET(body_names_fuzz) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Found whole = by_scan(text, text.size() + 1);
  if (by_scan(text, 1) != whole || by_scan(text, size % 13 + 2) != whole) {
    std::abort();
  }
  const auto document = layer::json::Document::parse(std::string(text));
  if (!document) {
    return;
  }
  const Found parsed = by_parse(document->root());
  const bool is_scalar = !document->root().is_object() && !document->root().is_array();
  if (is_scalar || is_beyond_limits(parsed)) {
    return;
  }
  if (parsed != whole) {
    std::abort();
  }
}
