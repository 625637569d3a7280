#include "core/log.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

namespace layer::core {
namespace {

TEST(LogLine, IsOneJsonObjectWithTypedFields) {
  EXPECT_EQ(format_log_line(LogFormat::kJson, 1'700'000'000'123, LogLevel::kInfo, "re\"quest",
                            {{"path", "/v1\n"}, {"status", 200}, {"ms", 1.5}, {"tls", true}}),
            R"({"time":"2023-11-14T22:13:20.123Z","level":"info","message":"re\"quest",)"
            R"("path":"/v1\n","status":200,"ms":1.500,"tls":true})");
}

TEST(LogLine, TextQuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(format_log_line(LogFormat::kText, 0, LogLevel::kWarn, "slow",
                            {{"a", "plain"}, {"b", "two words"}}),
            R"(1970-01-01T00:00:00.000Z warn  slow a=plain b="two words")");
}

TEST(Logger, WritesItsLevelAndAboveToTheFile) {
  const auto path =
      std::filesystem::temp_directory_path() / ("layer-log-" + std::to_string(::getpid()));
  {
    Logger logger({.level = LogLevel::kWarn, .file = path.string()});
    logger.info("hidden");
    logger.error("shown", {{"n", 1}});
  }
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(text.find("hidden"), std::string::npos);
  EXPECT_NE(text.find(R"("message":"shown","n":1})"), std::string::npos);
  std::filesystem::remove(path);
}

TEST(LogLevel, NamesAreCheckedAndTheErrorListsThem) {
  EXPECT_EQ(parse_log_level("debug").value(), LogLevel::kDebug);
  EXPECT_NE(parse_log_level("loud").error().message.find("debug, info"), std::string::npos);
}

}  // namespace
}  // namespace layer::core
