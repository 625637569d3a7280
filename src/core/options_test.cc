#include "core/options.h"

#include <array>

#include <gtest/gtest.h>

#include "core/units.h"

namespace layer::core {
namespace {

constexpr std::array kTable{
    OptionSpec{.name = "size",
               .env = "T_SIZE T_OLD_SIZE",
               .kind = OptionKind::kBytes,
               .default_value = "8MiB",
               .help = "",
               .min = 1024,
               .max = 1U << 30U},
    OptionSpec{.name = "wait",
               .env = "T_WAIT",
               .kind = OptionKind::kDuration,
               .default_value = "5s",
               .help = ""},
    OptionSpec{.name = "key",
               .env = "T_KEY",
               .kind = OptionKind::kList,
               .default_value = "",
               .help = "",
               .secret = true},
    OptionSpec{.name = "mode",
               .env = "",
               .kind = OptionKind::kChoice,
               .default_value = "a",
               .help = "",
               .choices = "a b"},
};

OptionSources sources(RawOptions flags, RawOptions env, RawOptions file) {
  OptionSources all{.flags = std::move(flags), .env = {}, .file = std::move(file)};
  all.env = [env = std::move(env)](const std::string& name) -> std::optional<std::string> {
    const auto it = env.find(name);
    return it == env.end() ? std::nullopt : std::optional(it->second.front());
  };
  return all;
}

TEST(Options, AFlagBeatsTheEnvironmentBeatsTheFileBeatsTheDefault) {
  const RawOptions flags{{"size", {"1MiB"}}};
  const RawOptions env{{"T_SIZE", {"2MiB"}}, {"T_OLD_SIZE", {"9MiB"}}};
  const RawOptions file{{"size", {"3MiB"}}};
  EXPECT_EQ(resolve_options(kTable, 1, sources(flags, env, file))->number("size"), 1U << 20U);
  EXPECT_EQ(resolve_options(kTable, 1, sources({}, env, file))->number("size"), 2U << 20U);
  EXPECT_EQ(resolve_options(kTable, 1, sources({}, {}, file))->number("size"), 3U << 20U);
  EXPECT_EQ(resolve_options(kTable, 1, sources({}, {}, {}))->number("size"), 8U << 20U);
}

TEST(Options, AllFaultsAreReportedTogether) {
  const auto bad = resolve_options(
      kTable, 1,
      sources({{"size", {"1"}}, {"mode", {"c"}}}, {{"T_WAIT", {"soon"}}}, {{"huh", {""}}}));
  ASSERT_FALSE(bad.has_value());
  ASSERT_EQ(bad.error().size(), 4U);
  EXPECT_EQ(bad.error()[0].message, "--size: must be between 1KiB and 1GiB");
  EXPECT_EQ(bad.error()[1].message,
            "T_WAIT: 'soon' is not a duration: write it like 500ms, 5s or 10m");
  EXPECT_EQ(bad.error()[2].message, "--mode: 'c' is not one of: a b");
  EXPECT_EQ(bad.error()[3].message, "huh in the configuration file: no such option");
}

TEST(Options, PrintingHidesSecretsAndExplainsOrigins) {
  const auto values = resolve_options(kTable, 1, sources({}, {{"T_KEY", {"s1,s2"}}}, {}));
  EXPECT_EQ(values->list("key").size(), 2U);
  const std::string text = print_options(*values, true);
  EXPECT_NE(text.find("key: [\"***\", \"***\"]  # environment T_KEY"), std::string::npos) << text;
  EXPECT_NE(text.find("wait: \"5s\"  # default"), std::string::npos) << text;
}

TEST(Units, AreReadWithTheirUnitsAndRefusedOtherwise) {
  EXPECT_EQ(parse_bytes("64KiB").value(), 65536U);
  EXPECT_EQ(parse_bytes("10").value(), 10U);
  EXPECT_FALSE(parse_bytes("10 apples"));
  EXPECT_FALSE(parse_bytes("99999999999GiB"));
  EXPECT_EQ(parse_duration("2m").value().count(), 120'000);
  EXPECT_EQ(parse_duration("0").value().count(), 0);
  EXPECT_FALSE(parse_duration("5"));
  EXPECT_EQ(parse_host_port("[::1]:80").value(), (HostPort{"::1", 80}));
  EXPECT_EQ(parse_host_port("8080").value(), (HostPort{"0.0.0.0", 8080}));
  EXPECT_FALSE(parse_host_port("::1:80"));
  EXPECT_FALSE(parse_host_port("127.0.0.1:70000"));
}

}  // namespace
}  // namespace layer::core
