#include "http/gzip.h"

#include <gtest/gtest.h>

#include "async/loops.h"
#include "async/run.h"

namespace layer::http {
namespace {

// A body in pieces of one size.
struct Pieces final : Body {
  std::string text;
  std::size_t piece_bytes;
  std::size_t at = 0;
  Pieces(std::string t, std::size_t n) : text(std::move(t)), piece_bytes(n) {}
  async::Task<Result<std::string_view>> next() override {
    const auto piece = std::string_view(text).substr(at, piece_bytes);
    at += piece.size();
    co_return piece;
  }
};

Result<std::string> inflate_in_pieces(std::string bytes, std::size_t piece, std::uint64_t max) {
  async::Loops loops(1);
  return async::run_blocking(loops.at(0), [&]() -> async::Task<Result<std::string>> {
    Pieces pieces(std::move(bytes), piece);
    InflateBody inflated(pieces, max);
    co_return co_await read_all(inflated, UINT64_MAX);
  });
}

TEST(Gzip, ComesBackWhateverThePieces) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) {
    text += std::to_string(i * 7919);
  }
  const std::string packed = gzip(text);
  EXPECT_LT(packed.size(), text.size());
  EXPECT_EQ(gunzip(packed, text.size()).value(), text);
  for (const std::size_t piece : {1U, 7U, 4096U, 1U << 20U}) {
    EXPECT_EQ(inflate_in_pieces(packed, piece, text.size()).value(), text);
  }
}

TEST(Gzip, SeveralMembersAreOneText) {
  const std::string packed = gzip("one ") + gzip("") + gzip("two");
  EXPECT_EQ(gunzip(packed, 100).value(), "one two");
  EXPECT_EQ(inflate_in_pieces(packed, 3, 100).value(), "one two");
}

TEST(Gzip, ABombStopsAtTheLimit) {
  const std::string bomb = gzip(std::string(50'000'000, '\0'), 9);
  ASSERT_LT(bomb.size(), 100'000U);
  EXPECT_EQ(gunzip(bomb, 1'000'000).error().code, ErrorCode::kPayloadTooLarge);
  EXPECT_EQ(inflate_in_pieces(bomb, 1000, 1'000'000).error().code, ErrorCode::kPayloadTooLarge);
}

TEST(Gzip, DamageAndTruncationAreErrors) {
  const std::string packed = gzip("a text that is long enough to be cut somewhere");
  for (std::size_t n = 0; n < packed.size(); ++n) {
    EXPECT_EQ(gunzip(packed.substr(0, n), 1000).error().code, ErrorCode::kInvalidArgument) << n;
  }
  std::string damaged = packed;
  damaged[damaged.size() - 6] ^= 1;  // inside the checksum
  EXPECT_EQ(gunzip(damaged, 1000).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(gunzip(packed + "trailing", 1000).error().code, ErrorCode::kInvalidArgument);
}

TEST(AcceptEncoding, WeightsDecide) {
  const auto accepts = [](std::string_view value) {
    return accepts_gzip(Headers{{"Accept-Encoding", value}});
  };
  EXPECT_TRUE(accepts("gzip"));
  EXPECT_TRUE(accepts("br, GZip;q=0.5"));
  EXPECT_TRUE(accepts("*"));
  EXPECT_FALSE(accepts("*, gzip;q=0"));
  EXPECT_FALSE(accepts("gzip; q=0.000"));
  EXPECT_FALSE(accepts("identity, deflate"));
  EXPECT_FALSE(accepts(""));
  EXPECT_FALSE(accepts_gzip(Headers{}));
}

}  // namespace
}  // namespace layer::http
