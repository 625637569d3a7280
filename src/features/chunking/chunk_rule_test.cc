#include "features/chunking/chunk_rule.h"

#include <gtest/gtest.h>

namespace layer::features::chunking {
namespace {

Result<std::optional<ChunkRule>> parse(std::string text) {
  const auto document = json::Document::parse(std::move(text));
  EXPECT_TRUE(document);
  return parse_chunk_rule(document->root(), "chunk");
}

std::string fault(std::string text) {
  const auto rule = parse(std::move(text));
  return rule ? "no fault" : rule.error().message;
}

TEST(ChunkRule, HasDefaultsAndReadsWhatItPrints) {
  EXPECT_EQ(**parse(R"({"strategy":"sentence"})"),
            (ChunkRule{.split = SplitRule{.strategy = Strategy::kSentence}}));
  EXPECT_FALSE(*parse(R"({"strategy":"none"})"));
  for (const char* const text :
       {R"({"strategy":"fixed","unit":"tokens","size":200,"overlap":20})",
        R"({"strategy":"section","section":{"jsonFields":["a","b"],"sectionAttribute":"part"}})",
        R"({"strategy":"section","section":{"fields":["a"],"sectionAttribute":"section",)"
        R"("split":{"strategy":"recursive","unit":"characters","size":10,"overlap":0}}})"}) {
    const auto rule = parse(text);
    ASSERT_TRUE(rule && *rule) << text;
    json::Writer out;
    print_chunk_rule(out, **rule);
    EXPECT_EQ(std::move(out).take(), text);
  }
}

TEST(ChunkRule, NamesWhatIsWrong) {
  EXPECT_EQ(fault("7"), "chunk: must be an object");
  EXPECT_EQ(fault("{}"), "chunk.strategy: is missing");
  EXPECT_TRUE(fault(R"({"strategy":"words"})").starts_with("chunk.strategy: must be"));
  EXPECT_EQ(fault(R"({"strategy":"fixed","sizes":1})"), "chunk.sizes: is not a member of it");
  EXPECT_EQ(fault(R"({"strategy":"fixed","size":0})"),
            "chunk.size: must be an integer from 1 to 1000000");
  EXPECT_EQ(fault(R"({"strategy":"fixed","size":10,"overlap":10})"),
            "chunk.overlap: must be smaller than size");
  EXPECT_EQ(fault(R"({"strategy":"fixed","unit":"bytes"})"),
            R"(chunk.unit: must be "characters" or "tokens")");
  EXPECT_EQ(fault(R"({"strategy":"section"})"), "chunk.section: is missing");
  EXPECT_EQ(fault(R"({"strategy":"section","section":{}})"),
            "chunk.section: needs either jsonFields or fields");
  EXPECT_EQ(fault(R"({"strategy":"fixed","section":{}})"),
            R"(chunk.section: goes with the strategy "section" only)");
  EXPECT_EQ(fault(R"({"strategy":"section","size":3,"section":{"fields":["a"]}})"),
            "chunk.size: of sections stands in section.split");
  EXPECT_EQ(fault(R"({"strategy":"section","section":{"fields":["a"],"sectionAttribute":"id"}})"),
            "chunk.section.sectionAttribute: must not be a reserved name");
}

}  // namespace
}  // namespace layer::features::chunking
