#include "app/config.h"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "app/commands.h"
#include "app/route.h"
#include "testing/source_dir.h"

namespace layer::app {
namespace {

TEST(Config, DefaultsOfEachRoleAreValid) {
  for (const Role role : {kStore, kServe, kUp}) {
    const auto values = resolve(role, {});
    ASSERT_TRUE(values.has_value()) << values.error().front().message;
    EXPECT_TRUE(make_config(role, *values).has_value());
  }
}

TEST(Config, OpenListenersBeyondLoopbackMustBeMeant) {
  const auto values = resolve(kStore, {{"listen", {"0.0.0.0:1"}}, {"tls-cert", {"c.pem"}}});
  const auto config = make_config(kStore, *values);
  ASSERT_FALSE(config.has_value());
  EXPECT_EQ(config.error().size(), 2U);
  EXPECT_NE(config.error()[0].message.find("go together"), std::string::npos);
  EXPECT_NE(config.error()[1].message.find("--allow-open"), std::string::npos);
  EXPECT_TRUE(
      make_config(kStore, *resolve(kStore, {{"listen", {"0.0.0.0:1"}}, {"api-key", {"k"}}})));
  EXPECT_TRUE(
      make_config(kStore, *resolve(kStore, {{"listen", {"0.0.0.0:1"}}, {"allow-open", {"true"}}})));
}

TEST(Config, TheFileIsAMapOfOptionNames) {
  const auto options = read_yaml("listen: 127.0.0.1:1\napi-key: [a, b]\nthreads: 3\n");
  ASSERT_TRUE(options.has_value());
  EXPECT_EQ(options->at("api-key").size(), 2U);
  EXPECT_EQ(options->at("threads").front(), "3");
  EXPECT_FALSE(read_yaml("- a\n").has_value());
  EXPECT_FALSE(read_yaml("a: {b: c}\n").has_value());
  EXPECT_FALSE(read_yaml("a: [unclosed").has_value());
}

TEST(OptionsReference, IsFresh) {
  std::ifstream file(testing::source_dir() / "docs/reference/options.md");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(text, options_reference())
      << "run: build/dev/layer config reference > docs/reference/options.md";
}

TEST(Completion, KnowsEveryVerbAndFlag) {
  for (const std::string_view shell : {"bash", "zsh", "fish"}) {
    const std::string script = completion_script(shell);
    for (const CommandInfo& command : all_commands()) {
      EXPECT_NE(script.find(command.path.substr(command.path.find(' ') + 1)), std::string::npos);
      for (const std::string& flag : command.flags) {
        EXPECT_NE(script.find(flag), std::string::npos) << shell << " " << flag;
      }
    }
  }
  EXPECT_TRUE(completion_script("tcsh").empty());
}

TEST(Route, IsABoundedName) {
  EXPECT_EQ(classify("/v2/namespaces/a%20b/query").name, "/v2/namespaces/{ns}/query");
  EXPECT_EQ(classify("/v2/namespaces/a%20b/query").namespace_name, "a%20b");
  EXPECT_EQ(classify("/v1/namespaces/n/operations/t0k").name,
            "/v1/namespaces/{ns}/operations/{token}");
  EXPECT_EQ(classify("/v1/namespaces").name, "/v1/namespaces");
  EXPECT_EQ(classify("/v1/namespaces/").name, "other");
  EXPECT_EQ(classify("/v2/namespaces/n/query/x").name, "other");
}

}  // namespace
}  // namespace layer::app
