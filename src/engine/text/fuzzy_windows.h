// Where in a text an approximate match may lie, so that the rest need not be compared. A query that
// is cut into distance + 1 pieces keeps one of them whole however those edits fall (the pigeonhole
// argument of Wu and Manber, 1992); a match lies around such a piece.
// Thread safety: const after construction.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/text/piece_kernels.h"

namespace layer::engine::text {

struct Window {
  std::size_t begin = 0;
  std::size_t end = 0;  // one past the last byte
  bool operator==(const Window&) const = default;
};

class FuzzyWindows {
 public:
  static constexpr std::size_t kQueryBytesMax = kPieceBytesMax;
  static constexpr std::uint32_t kDistanceMax = 2;

  // Nothing where pieces would be too short to tell texts apart, or the query is not ASCII.
  static std::optional<FuzzyWindows> of(std::u32string_view query, std::uint32_t distance);

  // Sets `found`, ascending and apart from each other: every match is within one of them, whatever
  // the case of letters. False when the text is not ASCII: then a match may be anywhere.
  bool find(std::string_view text, std::vector<Window>& found) const;

 private:
  Window around(std::size_t at, std::size_t piece, std::size_t text_bytes) const;

  std::size_t query_bytes_ = 0;
  std::uint32_t distance_ = 0;
  std::size_t pieces_ = 0;
  std::array<std::size_t, kDistanceMax + 1> offsets_{};  // of the pieces in the query
  std::array<PieceTest, kDistanceMax + 1> tests_{};
};

}  // namespace layer::engine::text
