#include "resources/secrets.h"

#include <gtest/gtest.h>

#include "resources/test_directory.h"

namespace layer::resources {
namespace {

TEST(Secrets, TheVariableIsUpperCase) {
  EXPECT_EQ(secret_variable({"turbo.puffer-1", "api_key"}), "LAYER_SECRET_TURBO_PUFFER_1_API_KEY");
}

struct SecretsTest : ::testing::Test {
  testing::TestDirectory directory;
  std::map<std::string, std::string> variables;

  Result<core::Secret> resolve(const SecretRef& ref) {
    std::vector<std::unique_ptr<SecretSource>> sources;
    sources.push_back(std::make_unique<EnvironmentSecrets>(
        [this](const std::string& name) -> std::optional<std::string> {
          const auto it = variables.find(name);
          return it == variables.end() ? std::nullopt : std::optional(it->second);
        }));
    sources.push_back(std::make_unique<FileSecrets>(directory.path() / "secrets"));
    return ChainedSecrets(std::move(sources)).resolve(ref);
  }
};

TEST_F(SecretsTest, TheEnvironmentComesBeforeAFile) {
  directory.write("secrets/a/k", "from-file\n", 0600);
  EXPECT_EQ(resolve({"a", "k"})->reveal(), "from-file");
  variables["LAYER_SECRET_A_K"] = "from-environment";
  EXPECT_EQ(resolve({"a", "k"})->reveal(), "from-environment");
}

TEST_F(SecretsTest, WhatIsNowhereSaysWhereItWasLookedFor) {
  const auto missing = resolve({"a", "k"});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_NE(missing.error().message.find("LAYER_SECRET_A_K is not set"), std::string::npos);
  EXPECT_NE(missing.error().message.find("secrets/a/k is not there"), std::string::npos);
}

TEST_F(SecretsTest, AFileThatOthersReadIsRefused) {
  directory.write("secrets/a/k", "hunter2", 0644);
  const auto refused = resolve({"a", "k"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused.error().message.find("hunter2"), std::string::npos);
}

TEST_F(SecretsTest, NeitherNothingNorTooMuchIsASecret) {
  directory.write("secrets/a/empty", "\n", 0600);
  directory.write("secrets/a/large", std::string(kSecretBytesMax + 1, 'x'), 0600);
  directory.write("secrets/a/fits", std::string(kSecretBytesMax, 'x') + "\n", 0600);
  EXPECT_FALSE(resolve({"a", "empty"}));
  EXPECT_FALSE(resolve({"a", "large"}));
  EXPECT_TRUE(resolve({"a", "fits"}));
}

TEST_F(SecretsTest, NoNameLeadsOutOfTheFolder) {
  directory.write("outside", "x", 0600);
  EXPECT_FALSE(resolve({"..", "outside"}));
  EXPECT_FALSE(resolve({"a", "../../outside"}));
}

}  // namespace
}  // namespace layer::resources
