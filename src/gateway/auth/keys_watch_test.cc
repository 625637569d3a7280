#include "gateway/auth/keys_watch.h"

#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace layer::gateway {
namespace {

struct KeysWatchTest : ::testing::Test {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / fmt::format("keys-watch-{}.yaml", ::getpid());
  core::Logger log{{.level = core::LogLevel::kOff}};
  std::string secret = "first-secret-value";

  // Into its place at once, as deployments and editors do.
  void write(const std::string& text) const {
    const auto next = path.string() + ".next";
    std::ofstream(next) << text;
    ASSERT_EQ(::chmod(next.c_str(), 0600), 0);
    std::filesystem::rename(next, path);
  }
  auto open() {
    return KeysWatch::open(
        {.file = path,
         .resolve = [this](const std::string&, const std::string&) -> Result<std::string> {
           return secret;
         },
         // The test looks itself.
         .interval = std::chrono::hours(1)},
        log);
  }
  static bool opens(const KeysWatch& watch, std::string_view key) {
    return watch.keys().ring()->find(sha256(key), key) != nullptr;
  }
  ~KeysWatchTest() override { std::filesystem::remove(path); }
};

TEST_F(KeysWatchTest, AChangedFileCounts) {
  write("- {name: a, scopes: [read], key: 0123456789abcdef}\n");
  const auto watch = open();
  ASSERT_TRUE(watch.has_value());
  EXPECT_TRUE(opens(**watch, "0123456789abcdef"));
  write("- {name: b, scopes: [read], key: fedcba9876543210}\n");
  (*watch)->look();
  EXPECT_FALSE(opens(**watch, "0123456789abcdef"));
  EXPECT_TRUE(opens(**watch, "fedcba9876543210"));
}

TEST_F(KeysWatchTest, AMistakeOrAMissingFileLeavesTheKeysAsTheyWere) {
  write("- {name: a, scopes: [read], key: 0123456789abcdef}\n");
  const auto watch = open();
  ASSERT_TRUE(watch.has_value());
  write("- {name: a, scopes: [fly], key: fedcba9876543210}\n");
  (*watch)->look();
  EXPECT_TRUE(opens(**watch, "0123456789abcdef"));
  EXPECT_FALSE(opens(**watch, "fedcba9876543210"));
  std::filesystem::remove(path);
  (*watch)->look();
  EXPECT_TRUE(opens(**watch, "0123456789abcdef"));
  write("- {name: a, scopes: [read], key: fedcba9876543210}\n");
  (*watch)->look();
  EXPECT_TRUE(opens(**watch, "fedcba9876543210"));
}

TEST_F(KeysWatchTest, ASecretThatChangedCountsAfterAReload) {
  write("- {name: a, scopes: [read], secretRef: {name: n, key: k}}\n");
  const auto watch = open();
  ASSERT_TRUE(watch.has_value());
  secret = "second-secret-value";
  (*watch)->look();
  EXPECT_TRUE(opens(**watch, "first-secret-value"));
  (*watch)->reload();
  EXPECT_FALSE(opens(**watch, "first-secret-value"));
  EXPECT_TRUE(opens(**watch, "second-secret-value"));
}

TEST_F(KeysWatchTest, AFileThatCannotBeReadIsNoStart) {
  EXPECT_FALSE(open().has_value());
  write("nonsense");
  EXPECT_FALSE(open().has_value());
}

}  // namespace
}  // namespace layer::gateway
