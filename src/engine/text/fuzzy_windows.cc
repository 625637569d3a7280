#include "engine/text/fuzzy_windows.h"

#include <algorithm>
#include <bit>
#include <span>

namespace layer::engine::text {
namespace {

constexpr std::size_t kPieceBytesMin = 2;
constexpr std::size_t kWordBits = 64;

// A window may begin before those of earlier pieces.
void add(Window next, std::vector<Window>& found) {
  while (!found.empty() && next.begin <= found.back().end) {
    next.begin = std::min(next.begin, found.back().begin);
    next.end = std::max(next.end, found.back().end);
    found.pop_back();
  }
  found.push_back(next);
}

}  // namespace

std::optional<FuzzyWindows> FuzzyWindows::of(std::u32string_view query, std::uint32_t distance) {
  const std::size_t pieces = distance + 1;
  const bool ascii = std::ranges::all_of(query, [](char32_t c) { return c < 0x80; });
  if (!ascii || distance > kDistanceMax || query.size() > kQueryBytesMax ||
      query.size() < pieces * kPieceBytesMin) {
    return std::nullopt;
  }
  FuzzyWindows windows;
  windows.query_bytes_ = query.size();
  windows.distance_ = distance;
  windows.pieces_ = pieces;
  for (std::size_t i = 0; i < pieces; ++i) {
    const std::size_t begin = query.size() * i / pieces;
    const std::size_t bytes = query.size() * (i + 1) / pieces - begin;
    windows.offsets_[i] = begin;
    PieceTest& test = windows.tests_[i];
    test.places = {0, static_cast<std::uint32_t>(bytes / 2), static_cast<std::uint32_t>(bytes - 1)};
    for (std::size_t c = 0; c < test.places.size(); ++c) {
      test.characters[c] = fold_case(static_cast<std::uint8_t>(query[begin + test.places[c]]));
    }
  }
  return windows;
}

Window FuzzyWindows::around(std::size_t at, std::size_t piece, std::size_t text_bytes) const {
  const std::size_t before = offsets_[piece] + distance_;
  const std::size_t after = query_bytes_ - offsets_[piece] + distance_;
  return {.begin = at - std::min(at, before), .end = std::min(text_bytes, at + after)};
}

bool FuzzyWindows::find(std::string_view text, std::vector<Window>& found) const {
  found.clear();
  for (std::size_t base = 0; base < text.size(); base += kPieceBlock) {
    std::array<PieceStarts, kDistanceMax + 1> starts{};
    const std::string_view rest = text.substr(base);
    const std::span bytes(reinterpret_cast<const std::uint8_t*>(rest.data()), rest.size());
    if (!find_piece_starts(bytes, std::span(tests_).first(pieces_), starts.data())) {
      return false;
    }
    for (std::size_t word = 0; word < kPieceBlock / kWordBits; ++word) {
      std::uint64_t any = starts[0][word] | starts[1][word] | starts[2][word];
      for (; any != 0; any &= any - 1) {
        const std::size_t at =
            base + word * kWordBits + static_cast<std::size_t>(std::countr_zero(any));
        if (at >= text.size()) {
          break;
        }
        for (std::size_t p = 0; p < pieces_; ++p) {
          if (((starts[p][word] >> (at % kWordBits)) & 1U) != 0) {
            add(around(at, p, text.size()), found);
          }
        }
      }
    }
  }
  return true;
}

}  // namespace layer::engine::text
