// Zstandard bodies: whole and in pieces, damaged, cut short, bombs.
#include "http/zstd.h"

#include <gtest/gtest.h>

#include "async/loops.h"
#include "async/run.h"

namespace layer::http {
namespace {

// Gives a text in pieces of `size` bytes.
class Pieces final : public Body {
 public:
  Pieces(std::string text, std::size_t size) : text_(std::move(text)), size_(size) {}
  async::Task<Result<std::string_view>> next() override {
    const std::string_view piece = std::string_view(text_).substr(at_, size_);
    at_ += piece.size();
    co_return piece;
  }

 private:
  std::string text_;
  std::size_t size_;
  std::size_t at_ = 0;
};

std::string sample() {
  std::string text;
  for (int i = 0; i < 20'000; ++i) {
    text += std::to_string(i * 7919) + ' ';
  }
  return text;
}

Result<std::string> unpack(std::string bytes, std::size_t piece_bytes, std::uint64_t bytes_max) {
  async::Loops loops(1);
  return async::run_blocking(loops.at(0), [&]() -> async::Task<Result<std::string>> {
    Pieces pieces(bytes, piece_bytes);
    UnzstdBody body(pieces, bytes_max);
    co_return co_await read_all(body, bytes_max);
  });
}

TEST(Zstd, WhatWasPackedComesBackWholeAndInPieces) {
  const std::string text = sample();
  const std::string packed = zstd(text);
  EXPECT_LT(packed.size(), text.size());
  EXPECT_EQ(unzstd(packed, text.size()).value(), text);
  EXPECT_EQ(unpack(packed, 7, text.size()).value(), text);
  EXPECT_EQ(unpack(packed, 1 << 20U, text.size()).value(), text);
}

TEST(Zstd, FramesInARowAreOneText) {
  EXPECT_EQ(unzstd(zstd("first ") + zstd("second"), 100).value(), "first second");
  EXPECT_EQ(unpack(zstd("first ") + zstd("second"), 3, 100).value(), "first second");
}

TEST(Zstd, MoreThanTheLimitIsRefused) {
  const std::string bomb = zstd(std::string(10 << 20U, 'x'));
  EXPECT_LT(bomb.size(), 4096U);
  EXPECT_EQ(unzstd(bomb, 1 << 20U).error().code, ErrorCode::kPayloadTooLarge);
  EXPECT_EQ(unpack(bomb, 100, 1 << 20U).error().code, ErrorCode::kPayloadTooLarge);
}

TEST(Zstd, DamagedAndCutBodiesAreErrors) {
  const std::string packed = zstd(sample());
  EXPECT_EQ(unzstd("no zstd at all", 100).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(unpack(packed.substr(0, packed.size() / 2), 11, 1 << 20U).error().code,
            ErrorCode::kInvalidArgument);
}

TEST(Zstd, IsAcceptedOnlyWhenNamedWithAWeight) {
  EXPECT_TRUE(accepts_zstd({{"accept-encoding", "gzip, zstd"}}));
  EXPECT_TRUE(accepts_zstd({{"Accept-Encoding", "zstd;q=0.5"}}));
  EXPECT_FALSE(accepts_zstd({{"accept-encoding", "zstd;q=0"}}));
  EXPECT_FALSE(accepts_zstd({{"accept-encoding", "gzip, *"}}));
  EXPECT_FALSE(accepts_zstd({}));
}

}  // namespace
}  // namespace layer::http
