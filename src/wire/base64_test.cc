#include "wire/base64.h"

#include <gtest/gtest.h>

#include <random>

namespace layer::wire {
namespace {

TEST(Base64, EncodesTheKnownExamples) {
  EXPECT_EQ(encode_base64(""), "");
  EXPECT_EQ(encode_base64("f"), "Zg==");
  EXPECT_EQ(encode_base64("fo"), "Zm8=");
  EXPECT_EQ(encode_base64("foo"), "Zm9v");
  EXPECT_EQ(encode_base64("\xFF\xEF\xBE"), "/+++");
}

TEST(Base64, VectorsTravelAsTheSdkSendsThem) {
  const std::vector<float> vector{0.1F, 0.2F, 0.3F};
  EXPECT_EQ(encode_base64_f32(vector), "zczMPc3MTD6amZk+");
  EXPECT_EQ(decode_base64_f32("zczMPc3MTD6amZk+"), vector);
  EXPECT_EQ(decode_base64_f32(""), std::vector<float>{});
}

TEST(Base64, WhatIsNotIsRefused) {
  for (const auto* text : {"Z", "Zg", "Zg=", "Zg=a", "=Zg=", "Z===", "====", "Zm9v\n", "Zm-v",
                           "Zm9v====", "Zh==", "Zm9=", "Zm 9"}) {
    EXPECT_FALSE(decode_base64(text)) << text;
  }
  EXPECT_FALSE(decode_base64_f32("Zm9v"));
}

TEST(Base64, EveryTextComesBack) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (std::size_t size = 0; size < 200; ++size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) {
      byte = static_cast<char>(random());
    }
    ASSERT_EQ(decode_base64(encode_base64(bytes)), bytes);
  }
}

}  // namespace
}  // namespace layer::wire
