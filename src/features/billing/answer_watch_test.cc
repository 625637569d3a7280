#include "features/billing/answer_watch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "http/gzip.h"

namespace layer::features::billing {
namespace {

constexpr Billing kBilled{.bytes_queried = 256, .bytes_returned = 9};

std::string answer(std::size_t rows) {
  std::string text = R"({"rows":[)";
  for (std::size_t i = 0; i < rows; ++i) {
    text += (i == 0 ? "" : ",") + std::string(R"({"id":)") + std::to_string(i) + R"(,"t":"}\"{"})";
  }
  return text + R"(],"billing":{"billable_logical_bytes_queried":256,)"
                R"("billable_logical_bytes_returned":9}})";
}

std::optional<Billing> watch(const http::Headers& headers, std::string_view text,
                             std::size_t piece_bytes) {
  AnswerWatch watch(headers);
  for (std::size_t at = 0; at < text.size(); at += piece_bytes) {
    watch.look(text.substr(at, piece_bytes));
  }
  return watch.finish();
}

TEST(AnswerWatch, ReadsWhateverThePiecesAre) {
  for (const std::size_t rows : {0U, 1U, 5000U}) {
    const std::string text = answer(rows);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{700}, kTailBytes, text.size()}) {
      EXPECT_EQ(watch({}, text, piece), kBilled) << rows << " rows in pieces of " << piece;
    }
    EXPECT_EQ(read_answer({}, text), kBilled);
  }
}

TEST(AnswerWatch, UndoesGzip) {
  const http::Headers coded{{"content-encoding", "gzip"}};
  const std::string packed = http::gzip(answer(5000));
  EXPECT_EQ(watch(coded, packed, 1), kBilled);
  EXPECT_EQ(watch(coded, packed, packed.size()), kBilled);
  EXPECT_EQ(read_answer(coded, packed), kBilled);
}

TEST(AnswerWatch, WhatItCannotReadSaysNothing) {
  const http::Headers coded{{"content-encoding", "gzip"}};
  const std::string packed = http::gzip(answer(10));
  EXPECT_EQ(watch(coded, "not gzip", 3), std::nullopt);
  EXPECT_EQ(watch(coded, packed.substr(0, packed.size() - 4), 100), std::nullopt);
  EXPECT_EQ(watch({{"content-encoding", "br"}}, answer(1), 100), std::nullopt);
  EXPECT_EQ(watch({}, "", 1), std::nullopt);
}

TEST(AnswerWatch, LooksNoFurtherBackThanItsTail) {
  const std::string late = R"({"billing":{},"x":[")" + std::string(kTailBytes, 'x') + R"("]})";
  EXPECT_EQ(watch({}, late, 100), std::nullopt);
  EXPECT_EQ(read_answer({}, late), std::nullopt);
}

}  // namespace
}  // namespace layer::features::billing
