// Finds where pieces of a query may begin in a block of text, many bytes at a time, by the best
// instructions of this machine. Thread safety: a free function over the caller's memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace layer::engine::text {

inline constexpr std::size_t kPieceBlock = 256;    // starts in one go
inline constexpr std::size_t kPieceBytesMax = 64;  // of text that a piece may reach beyond a block

// Three characters of a piece, folded, and where in it they stand.
struct PieceTest {
  std::array<std::uint8_t, 3> characters{};
  std::array<std::uint32_t, 3> places{};  // below kPieceBytesMax
};

// Upper and lower case alike, and a few other characters with them: what looks like a piece is
// compared afterwards. Never zero.
constexpr std::uint8_t fold_case(std::uint8_t c) {
  return c | 0x20U;
}

using PieceStarts = std::array<std::uint64_t, kPieceBlock / 64>;  // one bit for each start

// Sets bits of starts[i], zero before, for pieces[i]; reads at most kPieceBlock + kPieceBytesMax of
// the text's bytes. False when one of them is not ASCII.
bool find_piece_starts(std::span<const std::uint8_t> text, std::span<const PieceTest> pieces,
                       PieceStarts* starts);

}  // namespace layer::engine::text
