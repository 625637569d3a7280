#include "http/body.h"

#include <vector>

#include <gtest/gtest.h>

#include "async/loops.h"
#include "async/run.h"

namespace layer::http {
namespace {

// Reuses one buffer, as connections do: a piece is overwritten by the next one.
struct Reused final : Body {
  Reused(std::vector<std::string> all, std::optional<std::uint64_t> bytes)
      : pieces(std::move(all)), known(bytes) {}
  async::Task<Result<std::string_view>> next() override {
    buffer = at < pieces.size() ? pieces[at] : "";
    ++at;
    co_return std::string_view(buffer);
  }
  std::optional<std::uint64_t> size() const override { return known; }
  std::vector<std::string> pieces;
  std::optional<std::uint64_t> known;
  std::string buffer;
  std::size_t at = 0;
};

template <class Use>
void on_loop(Use use) {
  async::Loops loops(1);
  async::run_blocking(loops.at(0), use);
}

TEST(HeldBody, GivesAllPiecesAndTheSizeOfTheOther) {
  on_loop([]() -> async::Task<> {
    Reused inner({"ab", "cd"}, 4);
    HeldBody held(inner);
    EXPECT_TRUE((co_await held.hold()).has_value());
    EXPECT_EQ(held.size(), 4U);
    EXPECT_EQ((co_await read_all(held, 100)).value_or(""), "abcd");
    EXPECT_FALSE(held.rewind());
  });
}

TEST(HeldBody, ABodyOfOnePieceCanBeReadAgainAndAgain) {
  on_loop([]() -> async::Task<> {
    Reused inner({"query"}, 5);
    HeldBody held(inner);
    EXPECT_TRUE((co_await held.hold()).has_value());
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ((co_await read_all(held, 100)).value_or(""), "query");
      EXPECT_TRUE(held.rewind());
    }
    EXPECT_EQ(inner.at, 1U);
  });
}

TEST(HeldBody, OfUnknownSizeItIsRewoundUntilMoreWasAskedFor) {
  on_loop([]() -> async::Task<> {
    Reused inner({"ab", "cd"}, std::nullopt);
    HeldBody held(inner);
    EXPECT_TRUE((co_await held.hold()).has_value());
    EXPECT_EQ((co_await held.next()).value_or(""), "ab");
    EXPECT_TRUE(held.rewind());
    EXPECT_EQ((co_await held.next()).value_or(""), "ab");
    EXPECT_EQ((co_await held.next()).value_or(""), "cd");
    EXPECT_FALSE(held.rewind());
  });
}

TEST(HeldBody, AnEmptyBodyStaysEmpty) {
  on_loop([]() -> async::Task<> {
    Reused inner({}, std::nullopt);
    HeldBody held(inner);
    EXPECT_TRUE((co_await held.hold()).has_value());
    EXPECT_EQ((co_await held.next()).value_or("?"), "");
    EXPECT_TRUE(held.rewind());
  });
}

}  // namespace
}  // namespace layer::http
