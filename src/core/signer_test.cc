#include "core/signer.h"

#include <gtest/gtest.h>

#include "core/random.h"

namespace layer::core {
namespace {

const std::string kOld(32, 'o');
const std::string kNew(32, 'n');

TEST(Signer, MacIsTheBeginningOfHmacSha256) {
  // RFC 4231, test case 1.
  const auto signer = Signer::make({std::string(20, '\x0b')});
  ASSERT_TRUE(signer);
  const auto mac = signer->sign("Hi ", "There");
  EXPECT_EQ(hex(std::string_view(mac.data(), mac.size())), "b0344c61d8db38535ca8afceaf0bf12b");
}

TEST(Signer, WhatIsSealedOpensAndNothingElse) {
  const auto signer = Signer::make({kNew});
  ASSERT_TRUE(signer);
  std::string sealed = signer->seal("a", "payload");
  EXPECT_EQ(signer->open("a", sealed), "payload");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string altered = sealed;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(signer->open("a", altered), std::nullopt) << i;
  }
  EXPECT_EQ(signer->open("b", sealed), std::nullopt) << "a text of another purpose";
  EXPECT_EQ(signer->open("a", ""), std::nullopt);
  EXPECT_EQ(signer->open("a", "AAAA"), std::nullopt);
}

TEST(Signer, TheFirstKeySignsAndTheOneBeforeStillOpens) {
  const auto old_only = Signer::make({kOld});
  const auto both = Signer::make({kNew, kOld});
  const auto new_only = Signer::make({kNew});
  ASSERT_TRUE(old_only && both && new_only);
  EXPECT_EQ(both->open("a", old_only->seal("a", "x")), "x");
  EXPECT_EQ(new_only->open("a", both->seal("a", "x")), "x");
  EXPECT_EQ(old_only->open("a", both->seal("a", "x")), std::nullopt);
}

TEST(Signer, RefusesNoKeyTooManyAndShortOnes) {
  EXPECT_FALSE(Signer::make({}));
  EXPECT_FALSE(Signer::make({kOld, kNew, kOld}));
  EXPECT_FALSE(Signer::make({"short"}));
}

}  // namespace
}  // namespace layer::core
