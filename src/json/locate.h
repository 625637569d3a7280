// Line and column of a place in a JSON text that is known to be valid. Cold: only errors ask.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "json/path.h"

namespace layer::json {

// Both count from 1; a column counts bytes and names the last byte read, so that the position just
// after "{" at the start of a text is line 1, column 1.
struct Position {
  std::size_t line = 1;
  std::size_t column = 0;
  bool operator==(const Position&) const = default;
};

// Position after `offset` bytes of `text`.
Position position_of(std::string_view text, std::size_t offset);

// Which edge of a value a reader had reached when it gave up.
enum class Edge : std::uint8_t {
  kBegin,  // before its first byte
  kEnd,    // after its last byte
  kName,   // after the member's name
};

// The edge of the value that `path` leads to, in the text of `path`. Of duplicate names the first
// is taken. When the path cannot be followed to its end (a name written with escapes), the value
// reached so far answers. nullopt: the path has no text. Cost: a scan of the text.
std::optional<Position> locate(const Path& path, Edge edge);

}  // namespace layer::json
