#include "queue/stored_text.h"

#include <gtest/gtest.h>

#include <vector>

namespace layer::queue {
namespace {

const std::vector<std::string> kTexts{"",
                                      std::string("\0", 1),
                                      std::string("\0\0", 2),
                                      std::string("\0\1", 2),
                                      "\1",
                                      std::string("\1\0", 2),
                                      "\1\1",
                                      "\x02",
                                      "0",
                                      "a",
                                      std::string("a\0b", 3),
                                      "ab",
                                      "\xc3\xa4"};

TEST(StoredText, comes_back_as_it_was_and_holds_no_zero) {
  for (const std::string& text : kTexts) {
    const std::string stored = stored_text(text);
    EXPECT_EQ(original_text(stored), text);
    EXPECT_EQ(stored.find('\0'), std::string::npos);
  }
}

TEST(StoredText, keeps_order_and_prefixes) {
  for (const std::string& a : kTexts) {
    for (const std::string& b : kTexts) {
      EXPECT_EQ(a < b, stored_text(a) < stored_text(b));
      EXPECT_EQ(a.starts_with(b), stored_text(a).starts_with(stored_text(b)));
    }
  }
}

}  // namespace
}  // namespace layer::queue
