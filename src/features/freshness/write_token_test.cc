#include "features/freshness/write_token.h"

#include <gtest/gtest.h>

#include <limits>

namespace layer::features::freshness {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'000;

class WriteTokenTest : public ::testing::Test {
 protected:
  core::Signer signer = *core::Signer::make({std::string(32, 'k')});
  WriteToken token{.ns = "docs",
                   .incarnation = 3,
                   .stamp = {.ms = kNow, .counter = 7, .gateway = 0xfedcba9876543210},
                   .acknowledged_ms = kNow + 12,
                   .witness = Witness{.id = std::uint64_t{42}, .kind = WitnessKind::kPatch}};

  std::string sealed() const { return seal_write_token(token, signer).value_or(""); }
  static std::string reason(const Result<WriteToken>& result) {
    return result ? "accepted" : result.error().fields.at(0).value;
  }
};

TEST_F(WriteTokenTest, SaysWhatTheWriteWas) {
  const auto opened = open_write_token(sealed(), signer, kNow);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(*opened, token);
}

TEST_F(WriteTokenTest, CarriesIdsOfEveryKindAndNone) {
  const std::vector<std::optional<Witness>> witnesses{
      Witness{.id = std::numeric_limits<std::uint64_t>::max(), .kind = WitnessKind::kUpsert},
      Witness{.id = *wire::parse_uuid("01234567-89ab-cdef-0123-456789abcdef"),
              .kind = WitnessKind::kDelete},
      Witness{.id = std::string("7"), .kind = WitnessKind::kPatch}, std::nullopt};
  for (const auto& witness : witnesses) {
    token.witness = witness;
    const auto opened = open_write_token(sealed(), signer, kNow);
    ASSERT_TRUE(opened);
    EXPECT_EQ(*opened, token);
  }
}

TEST_F(WriteTokenTest, FitsTheLimitWithTheLongestNameAndId) {
  token.ns = std::string(128, 'n');
  token.incarnation = std::numeric_limits<std::uint64_t>::max();
  token.stamp.counter = 0xFFFF;
  token.witness = Witness{.id = std::string(64, 'i')};
  EXPECT_LE(sealed().size(), kWriteTokenBytesMax);
  EXPECT_EQ(open_write_token(sealed(), signer, kNow), token);
}

TEST_F(WriteTokenTest, LeavesOutWhatDoesNotFit) {
  token.ns = std::string(300, 'n');
  token.witness = Witness{.id = std::string(64, 'i')};
  const auto opened = open_write_token(sealed(), signer, kNow);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->witness, std::nullopt);
  token.ns = std::string(600, 'n');
  EXPECT_EQ(seal_write_token(token, signer), std::nullopt);
}

TEST_F(WriteTokenTest, IsValidForADay) {
  const std::int64_t last = token.acknowledged_ms + kWriteTokenValidMs;
  EXPECT_TRUE(open_write_token(sealed(), signer, last));
  EXPECT_EQ(reason(open_write_token(sealed(), signer, last + 1)), "expired");
}

TEST_F(WriteTokenTest, RefusesWhatIsNotATokenOfThisDeployment) {
  const auto other = *core::Signer::make({std::string(32, 'x')});
  EXPECT_EQ(reason(open_write_token(sealed(), other, kNow)), "signature");
  EXPECT_EQ(reason(open_write_token("", signer, kNow)), "malformed");
  EXPECT_EQ(reason(open_write_token("lw1.", signer, kNow)), "signature");
  EXPECT_EQ(reason(open_write_token("lw2." + sealed().substr(4), signer, kNow)), "malformed");
  EXPECT_EQ(reason(open_write_token(sealed() + std::string(600, 'A'), signer, kNow)), "malformed");
  std::string altered = sealed();
  altered[10] = altered[10] == 'A' ? 'B' : 'A';
  EXPECT_EQ(reason(open_write_token(altered, signer, kNow)), "signature");
}

// A signed payload that says nonsense comes from a faulty or a newer gateway: never a crash.
TEST_F(WriteTokenTest, EveryCutOfASignedPayloadIsMalformed) {
  const auto payload = signer.open("lw1.", sealed().substr(4));
  ASSERT_TRUE(payload);
  for (std::size_t size = 0; size < payload->size(); ++size) {
    const std::string text = "lw1." + signer.seal("lw1.", payload->substr(0, size));
    EXPECT_EQ(reason(open_write_token(text, signer, kNow)), "malformed") << size;
  }
}

}  // namespace
}  // namespace layer::features::freshness
