// The cases of tests/cases/resources: a text of resources, and what is wrong with it.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "resources/catalog_builder.h"
#include "testing/cases.h"

namespace layer::resources {
namespace {

std::string outcome(const std::string& text) {
  const std::string file = text.starts_with('{') ? "file.json" : "file.yaml";
  ParsedText parsed = parse_objects(text, format_of(file), file);
  const std::vector<FileObjects> files{
      {.name = file, .objects = std::move(parsed.objects), .mistakes = std::move(parsed.mistakes)}};
  const auto catalog = CatalogBuilder().build(files);
  std::string lines;
  for (const Mistake& mistake : catalog->mistakes()) {
    lines += (lines.empty() ? "" : "\n") + to_string(mistake);
  }
  if (!lines.empty()) {
    return lines;
  }
  lines = "ok:";
  for (std::size_t i = 0; i < kKindCount; ++i) {
    for (const Resource* resource : catalog->list(static_cast<Kind>(i))) {
      EXPECT_TRUE(resource->in_force) << resource->status_key;
      lines += " " + resource->status_key;
    }
  }
  return lines;
}

TEST(ResourceCases, EveryMistakeIsFoundWithItsPlace) {
  const auto cases = testing::load_cases("resources");
  ASSERT_FALSE(cases.empty());
  for (const auto& each : cases) {
    EXPECT_EQ(outcome(each.input), each.outcome) << each.where << ": " << each.name;
  }
}

}  // namespace
}  // namespace layer::resources
