#include "engine/text/piece_kernels.h"

#include <algorithm>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/text/piece_kernels.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace layer::engine::text::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<std::uint8_t, 64>;

bool FindPieceStarts(std::span<const std::uint8_t> text, std::span<const PieceTest> pieces,
                     PieceStarts* starts) {
  const D d;
  const std::size_t lanes = hn::Lanes(d);
  constexpr std::size_t kBytes = kPieceBlock + kPieceBytesMax;
  alignas(64) std::uint8_t folded[kBytes + 64];  // whole vectors beyond the end, too
  const std::size_t bytes = std::min(text.size(), kBytes);
  std::memcpy(folded, text.data(), bytes);
  const std::size_t begins = std::min(bytes, kPieceBlock);
  const std::size_t read = begins + kPieceBytesMax + lanes;
  std::memset(folded + bytes, 0, read - std::min(read, bytes));
  const auto case_bit = hn::Set(d, fold_case(0));
  auto all = hn::Zero(d);
  for (std::size_t i = 0; i < bytes; i += lanes) {
    const auto raw = hn::Load(d, folded + i);
    all = hn::Or(all, raw);
    hn::Store(hn::Or(raw, case_bit), d, folded + i);
  }
  if (!hn::AllFalse(d, hn::TestBit(all, hn::Set(d, 0x80)))) {
    return false;
  }
  for (std::size_t p = 0; p < pieces.size(); ++p) {
    const PieceTest& piece = pieces[p];
    const auto first = hn::Set(d, piece.characters[0]);
    const auto second = hn::Set(d, piece.characters[1]);
    const auto third = hn::Set(d, piece.characters[2]);
    auto* bits = reinterpret_cast<std::uint8_t*>(starts[p].data());
    for (std::size_t i = 0; i < begins; i += lanes) {
      const auto here = hn::And(hn::Eq(hn::LoadU(d, folded + i + piece.places[0]), first),
                                hn::And(hn::Eq(hn::LoadU(d, folded + i + piece.places[1]), second),
                                        hn::Eq(hn::LoadU(d, folded + i + piece.places[2]), third)));
      hn::StoreMaskBits(d, here, bits + i / 8);
    }
  }
  return true;
}

}  // namespace layer::engine::text::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace layer::engine::text {

HWY_EXPORT(FindPieceStarts);

bool find_piece_starts(std::span<const std::uint8_t> text, std::span<const PieceTest> pieces,
                       PieceStarts* starts) {
  return HWY_DYNAMIC_DISPATCH(FindPieceStarts)(text, pieces, starts);
}

}  // namespace layer::engine::text
#endif
