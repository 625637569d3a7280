#include "core/base64url.h"

#include <gtest/gtest.h>

#include "core/random.h"

namespace layer::core {
namespace {

TEST(Base64Url, KnownTexts) {
  EXPECT_EQ(encode_base64url(""), "");
  EXPECT_EQ(encode_base64url("f"), "Zg");
  EXPECT_EQ(encode_base64url("fo"), "Zm8");
  EXPECT_EQ(encode_base64url("foo"), "Zm9v");
  EXPECT_EQ(encode_base64url("\xfb\xff"), "-_8");
}

TEST(Base64Url, WhatIsEncodedIsDecoded) {
  for (std::size_t size = 0; size < 70; ++size) {
    const std::string bytes = random_bytes(size);
    EXPECT_EQ(decode_base64url(encode_base64url(bytes)), bytes) << hex(bytes);
  }
}

TEST(Base64Url, RefusesPaddingForeignCharactersAndSecondSpellings) {
  for (const std::string_view text : {"Zg==", "Z", "Zm9v\n", "Z+8", "Z/8", "Zh", "Zm9"}) {
    EXPECT_EQ(decode_base64url(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace layer::core
