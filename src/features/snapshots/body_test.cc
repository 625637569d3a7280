#include "features/snapshots/body.h"

#include <algorithm>
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "core/random.h"
#include "features/snapshots/diff.h"

namespace layer::features::snapshots {
namespace {

Body small() {
  Body body{.ns = "docs", .watermark_ms = 1'700'000'000'000, .row_count = 3, .exact = true};
  body.fields.push_back({.name = "lang",
                         .type = ValueType::kString,
                         .values = {{.v = "fr", .n = 1}, {.v = "de", .n = 2}}});
  body.skipped.push_back({.name = "title",
                          .reason = SkippedField::Reason::kExceededCap,
                          .distinct_observed = 10'001,
                          .lower_bound = true});
  seal(body);
  return body;
}

TEST(Body, TheShaIsOfWhatItSaysAndNothingElse) {
  Body body = small();
  EXPECT_EQ(
      canonical(body),
      R"({"fields":[{"name":"lang","type":"string","values":[{"n":2,"v":"de"},{"n":1,"v":"fr"}]}],)"
      R"("fields_skipped":[{"cap":10000,"distinct_observed":10001,"lower_bound":true,)"
      R"("name":"title","reason":"exceeded_cap"}],"row_count":3})");
  const std::string sha = body.sha;
  body.watermark_ms += 5000;
  body.exact = false;
  seal(body);
  EXPECT_EQ(body.sha, sha);
  body.row_count = 4;
  seal(body);
  EXPECT_NE(body.sha, sha);
}

TEST(Body, IsReadBackAsItWasPrinted) {
  const Body body = small();
  EXPECT_EQ(*parse_body(print_body(body)), body);
}

TEST(Body, ADamagedOneIsNoticed) {
  std::string text = print_body(small());
  text.replace(text.find("\"n\":2"), 5, "\"n\":7");
  EXPECT_EQ(parse_body(text).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(parse_body("[]").error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(parse_body("{\"v\":2}").error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(parse_body("").error().code, ErrorCode::kCorrupt);
}

TEST(Body, OneFieldOfIt) {
  const std::string text = print_body(small(), "lang");
  EXPECT_NE(text.find("\"lang\""), std::string::npos);
  EXPECT_EQ(text.find("\"title\""), std::string::npos);
}

TEST(Body, CountsOfValuesThatAreThereAndThatAreNot) {
  const Body body = small();
  EXPECT_EQ(body.find("lang")->count("de"), 2U);
  EXPECT_EQ(body.find("lang")->count("nl"), 0U);
  EXPECT_EQ(body.find("lang")->total(), 3U);
  EXPECT_EQ(body.find("title"), nullptr);
}

TEST(Body, MergingKeepsWhatWasNotCountedAnew) {
  Body newer{.ns = "docs", .watermark_ms = 1'700'000'000'000, .row_count = 3, .exact = true};
  newer.fields.push_back(
      {.name = "title", .type = ValueType::kString, .values = {{.v = "x", .n = 3}}});
  seal(newer);
  const Body merged = merge(small(), newer);
  EXPECT_NE(merged.find("lang"), nullptr);
  EXPECT_NE(merged.find("title"), nullptr);
  EXPECT_TRUE(merged.skipped.empty());
}

// A naive difference over maps, obviously right.
TEST(Diff, AgreesWithAComparisonOfMaps) {
  const std::uint64_t seed = core::random_u64();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 200; ++round) {
    std::map<std::string, std::uint64_t> counts[2];
    Body bodies[2];
    for (int side = 0; side < 2; ++side) {
      const std::size_t values = random() % 20;
      for (std::size_t i = 0; i < values; ++i) {
        counts[side]["v" + std::to_string(random() % 15)] = 1 + random() % 4;
      }
      FieldCounts field{.name = "f", .type = ValueType::kString};
      for (const auto& [v, n] : counts[side]) {
        field.values.push_back({.v = v, .n = n});
      }
      std::shuffle(field.values.begin(), field.values.end(), random);
      bodies[side] = {.ns = "docs", .fields = {field}};
      seal(bodies[side]);
    }
    const std::size_t limit = 1 + random() % 10;
    const FieldDiff found = diff(bodies[0].fields[0], bodies[1].fields[0], limit);
    std::size_t appeared = 0;
    std::size_t vanished = 0;
    std::size_t grown = 0;
    std::size_t shrunk = 0;
    std::size_t same = 0;
    for (const auto& [v, n] : counts[0]) {
      const auto other = counts[1].find(v);
      vanished += other == counts[1].end() ? 1 : 0;
      if (other != counts[1].end()) {
        grown += other->second > n ? 1 : 0;
        shrunk += other->second < n ? 1 : 0;
        same += other->second == n ? 1 : 0;
      }
    }
    for (const auto& [v, n] : counts[1]) {
      appeared += counts[0].contains(v) ? 0 : 1;
    }
    EXPECT_EQ(found.appeared.size(), std::min(appeared, limit));
    EXPECT_EQ(found.vanished.size(), std::min(vanished, limit));
    EXPECT_EQ(found.grown.size(), std::min(grown, limit));
    EXPECT_EQ(found.shrunk.size(), std::min(shrunk, limit));
    EXPECT_EQ(found.unchanged, same);
    EXPECT_EQ(found.truncated, std::max({appeared, vanished, grown, shrunk}) > limit);
    EXPECT_TRUE(std::is_sorted(found.appeared.begin(), found.appeared.end(),
                               [](const auto& a, const auto& b) {
                                 return a.delta() != b.delta() ? a.delta() > b.delta() : a.v < b.v;
                               }));
  }
}

TEST(Diff, IsPrintedForOneFieldAndForAll) {
  const Body from = small();
  Body to = small();
  to.fields[0].values = {{.v = "de", .n = 1}, {.v = "nl", .n = 2}};
  to.fields.push_back(
      {.name = "year", .type = ValueType::kNumber, .values = {{.v = "1999", .n = 3}}});
  seal(to);
  EXPECT_EQ(
      print_diff({.body = from, .watermark_ms = 5}, {.body = to, .watermark_ms = 9}, "lang", 10),
      R"({"namespace":"docs","field":"lang","from":{"sha":")" + from.sha +
          R"(","watermark_ms":5},"to":{"sha":")" + to.sha + R"(","watermark_ms":9},)" +
          R"("appeared":[{"v":"nl","n":2}],"vanished":[{"v":"fr","n":1}],"grown":[],)" +
          R"("shrunk":[{"v":"de","from":2,"to":1,"delta":-1}],"unchanged":0,"truncated":false})");
  const std::string all =
      print_diff({.body = from, .watermark_ms = 5}, {.body = to, .watermark_ms = 9}, 10);
  EXPECT_NE(all.find(R"("only_from":[],"only_to":["year"])"), std::string::npos) << all;
}

}  // namespace
}  // namespace layer::features::snapshots
