// Counts, groups and pages of ids over several segments with tombstones, against the rows
// themselves.
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>

#include "engine/query/test_namespace.h"

namespace layer::engine::query {
namespace {

constexpr std::uint64_t kRows = 400;

std::string row(std::uint64_t id, std::mt19937& random) {
  std::string text = "{\"id\": " + std::to_string(id) + ", \"n\": " + std::to_string(id % 10);
  if (random() % 4 != 0) {
    text += ", \"kind\": \"k" + std::to_string(random() % 12) + "\"";
  }
  text += ", \"tags\": [";
  for (std::uint32_t i = random() % 4; i > 0; --i) {
    text += "\"t" + std::to_string(random() % 9) + (i > 1 ? "\", " : "\"");
  }
  return text + "]}";
}

// Segments whose ids interleave in pieces of random length; `gone` of ten rows are deleted.
TestNamespace random_namespace(std::mt19937& random, std::uint32_t gone) {
  TestNamespace names(R"({"kind": {"type": "string"}, "tags": {"type": "[]string"}})");
  std::vector<std::string> segments(4);
  for (std::uint64_t id = 0; id < kRows;) {
    std::string& segment = segments[random() % segments.size()];
    for (std::uint64_t end = std::min(kRows, id + 1 + random() % 40); id < end; ++id) {
      segment += (segment.empty() ? "" : ", ") + row(id, random);
    }
  }
  for (const std::string& rows : segments) {
    if (!rows.empty()) {
      names.add("[" + rows + "]");
    }
  }
  for (std::uint64_t id = 0; id < kRows; ++id) {
    if (random() % 10 < gone) {
      names.remove(id);
    }
  }
  return names;
}

// The groups as the wire prints them; null first, at most `top`.
std::string printed_groups(const std::string& name,
                           const std::map<std::optional<std::string>, std::uint64_t>& groups,
                           std::size_t top) {
  std::string text;
  for (const auto& [key, count] : groups) {
    if (top-- == 0) {
      break;
    }
    text += std::string(text.empty() ? "" : ",") + "{\"" + name +
            "\":" + (key ? "\"" + *key + "\"" : "null") + ",\"c\":" + std::to_string(count) + "}";
  }
  return R"({"aggregation_groups":[)" + text + "]";
}

struct Expected {
  std::uint64_t count = 0;
  std::map<std::optional<std::string>, std::uint64_t> kinds;
  std::map<std::optional<std::string>, std::uint64_t> tags;
};

Expected count_rows(const TestNamespace& names, std::int64_t below) {
  const AttrId number = *names.schema().find("n");
  const AttrId kind = *names.schema().find("kind");
  const AttrId tags = *names.schema().find("tags");
  Expected expected;
  for (const Row& row : names.rows()) {
    if (std::get<std::int64_t>(*row.find(number)) >= below) {
      continue;
    }
    ++expected.count;
    const wire::Value* value = row.find(kind);
    ++expected
          .kinds[value == nullptr ? std::nullopt : std::optional(std::get<std::string>(*value))];
    if (const auto* all = std::get_if<std::vector<std::string>>(row.find(tags))) {
      for (const std::string& tag : std::set<std::string>(all->begin(), all->end())) {
        ++expected.tags[tag];
      }
    }
  }
  return expected;
}

TEST(RandomGroups, AgreeWithCountingTheRows) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (const std::uint32_t gone : {0U, 1U, 5U, 9U}) {
    const TestNamespace names = random_namespace(random, gone);
    for (const std::int64_t below : {0, 1, 5, 9, 10}) {
      const Expected expected = count_rows(names, below);
      const std::string filters = ", \"filters\": [\"n\", \"Lt\", " + std::to_string(below) + "]";
      EXPECT_EQ(names.printed(R"({"aggregate_by": {"c": ["Count"]})" + filters + "}"),
                R"({"aggregations":{"c":)" + std::to_string(expected.count) + "}");
      for (const std::size_t top : {1U, 5U, 100U}) {
        const std::string rest = filters + ", \"top_k\": " + std::to_string(top) + "}";
        EXPECT_EQ(
            names.printed(R"({"aggregate_by": {"c": ["Count"]}, "group_by": ["kind"])" + rest),
            printed_groups("kind", expected.kinds, top));
        EXPECT_EQ(names.printed(R"({"aggregate_by": {"c": ["Count"]},
                                    "group_by": [{"tag": ["ForEachUnique", "tags"]}])" +
                                rest),
                  printed_groups("tag", expected.tags, top));
      }
    }
  }
}

TEST(RandomPages, HoldEveryIdOnceAndInOrder) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const TestNamespace names = random_namespace(random, 2);
  std::vector<std::uint64_t> expected;
  for (const Row& row : names.rows()) {
    expected.push_back(std::get<std::uint64_t>(row.id));
  }
  std::ranges::sort(expected);
  for (const std::size_t page : {1U, 7U, 64U, 1000U}) {
    std::vector<std::uint64_t> paged;
    std::string filters;
    while (true) {
      const auto ids = names.ids_of(R"({"rank_by": ["id", "asc"], "limit": )" +
                                    std::to_string(page) + filters + "}");
      paged.insert(paged.end(), ids.begin(), ids.end());
      if (ids.size() < page) {
        break;
      }
      filters = ", \"filters\": [\"id\", \"Gt\", " + std::to_string(ids.back()) + "]";
    }
    EXPECT_EQ(paged, expected) << "pages of " << page;
    auto backwards =
        names.ids_of(R"({"rank_by": ["id", "desc"], "limit": )" + std::to_string(page) + "}");
    std::vector<std::uint64_t> last(expected.rbegin(), expected.rend());
    last.resize(std::min(last.size(), page));
    EXPECT_EQ(backwards, last);
  }
}

}  // namespace
}  // namespace layer::engine::query
