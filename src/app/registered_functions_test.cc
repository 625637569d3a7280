#include "app/registered_functions.h"

#include <gtest/gtest.h>

#include <fstream>

#include "core/random.h"

namespace layer::app {
namespace {

class RegisteredFunctionsTest : public ::testing::Test {
 protected:
  RegisteredFunctionsTest() { std::filesystem::create_directories(root); }
  ~RegisteredFunctionsTest() override { std::filesystem::remove_all(root); }

  std::filesystem::path root =
      std::filesystem::temp_directory_path() / ("registered-" + core::random_uuid());
  std::filesystem::path file = root / "registered-functions.json";
};

TEST_F(RegisteredFunctionsTest, AreReadAsTheyWereWritten) {
  EXPECT_EQ(read_registered(file), std::set<std::string>());
  const std::set<std::string> names{"embed", "tag"};
  EXPECT_TRUE(write_registered(file, names));
  EXPECT_EQ(read_registered(file), names);
  EXPECT_TRUE(write_registered(file, {}));
  EXPECT_EQ(read_registered(file), std::set<std::string>());
}

TEST_F(RegisteredFunctionsTest, WhatIsNoListIsAnErrorThatNamesTheFile) {
  for (const char* text : {"", "{}", R"({"v":2,"functions":[]})", R"({"v":1,"functions":[1]})"}) {
    std::ofstream(file) << text;
    const auto read = read_registered(file);
    ASSERT_FALSE(read) << text;
    EXPECT_NE(read.error().message.find(file.string()), std::string::npos);
  }
  EXPECT_FALSE(write_registered(root / "nowhere" / "file", {}));
}

}  // namespace
}  // namespace layer::app
