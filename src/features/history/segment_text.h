// Segments as objects: lines of JSON, packed with Zstandard. Thread safety: pure functions and
// free tasks.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "objects/object_store.h"

namespace layer::features::history {

// Of the lines of a compacted segment, before they are packed.
inline constexpr std::size_t kCompactedBytesMax = std::size_t{64} << 20;
// What is unpacked at most: a segment, and room for the line that crossed its limit.
inline constexpr std::size_t kSegmentBytesMax = std::size_t{96} << 20;

std::string pack(std::string_view lines);
// Errors: kCorrupt.
Result<std::string> unpack(std::string_view bytes);
// nullopt: it was removed meanwhile, as by retention. Errors: the object store's.
async::Task<Result<std::optional<objects::Object>>> fetch(objects::ObjectStore& objects,
                                                          std::string key);

// Calls `line(text)` for each line until it answers false.
template <class F>
void for_each_line(std::string_view lines, F line) {
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    const std::string_view text = lines.substr(0, end);
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
    if (!text.empty() && !line(text)) {
      return;
    }
  }
}

}  // namespace layer::features::history
