#include "resources/read_text.h"

#include <gtest/gtest.h>

#include "resources/limits.h"

namespace layer::resources {
namespace {

std::string only_fault(const std::string& text, TextFormat format = TextFormat::kYaml) {
  const Documents documents = read_text(text, format, "f");
  EXPECT_EQ(documents.mistakes.size(), 1U);
  return documents.mistakes.empty() ? "" : to_string(documents.mistakes.front());
}

std::string repeated(std::string_view part, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) {
    text += part;
  }
  return text;
}

TEST(ReadText, TheEndingDecides) {
  EXPECT_EQ(format_of("a.json"), TextFormat::kJson);
  EXPECT_EQ(format_of("a.yaml"), TextFormat::kYaml);
  EXPECT_EQ(format_of("a.yml"), TextFormat::kYaml);
}

TEST(ReadText, YamlAndJsonGiveTheSameTree) {
  const std::string json =
      R"({"a": [1, -2, 1.5, true, null, "1"], "b": {"c": "x\ny"}, "big": 1e300})";
  const auto from_json = read_text(json, TextFormat::kJson, "f");
  const auto from_yaml = read_text(json, TextFormat::kYaml, "f");
  ASSERT_EQ(from_json.roots.size(), 1U);
  ASSERT_EQ(from_yaml.roots.size(), 1U);
  EXPECT_EQ(to_json(from_json.roots[0]), to_json(from_yaml.roots[0]));
  EXPECT_EQ(to_json(from_json.roots[0]),
            R"({"a":[1,-2,1.5,true,null,"1"],"b":{"c":"x\ny"},"big":1e+300})");
}

TEST(ReadText, PlainScalarsFollowTheCoreSchema) {
  const auto documents =
      read_text("[yes, off, True, ~, null, 'null', 007, +1, .5, 1., 0x10, .inf, 1_0, '']",
                TextFormat::kYaml, "f");
  ASSERT_EQ(documents.roots.size(), 1U);
  EXPECT_EQ(to_json(documents.roots[0]),
            R"(["yes","off",true,null,null,"null",7,1,0.5,1.0,"0x10",".inf","1_0",""])");
}

TEST(ReadText, PlacesCountFromTheFilesBeginning) {
  const auto documents = read_text("---\na: 1\n---\n\nb:\n  c: x\n", TextFormat::kYaml, "f");
  ASSERT_EQ(documents.roots.size(), 2U);
  EXPECT_EQ(documents.roots[1].at, (Position{.line = 5, .column = 1}));
  EXPECT_EQ(documents.roots[1].find("b")->find("c")->at, (Position{.line = 6, .column = 6}));
}

TEST(ReadText, NothingAtAllIsNoDocument) {
  for (const auto format : {TextFormat::kYaml, TextFormat::kJson}) {
    const auto documents = read_text(" \n", format, "f");
    EXPECT_TRUE(documents.roots.empty());
    EXPECT_TRUE(documents.mistakes.empty());
  }
}

TEST(ReadText, BytesThatAreNoText) {
  EXPECT_EQ(only_fault("a: \xff"), "f: the text is not UTF-8");
  EXPECT_EQ(only_fault("a: 1\nb: \x04\nc: 2"), "f:2:4: found the control character 0x04");
  EXPECT_EQ(only_fault(std::string("a: \0", 4)), "f:1:4: found the control character 0x00");
}

TEST(ReadText, SizeIsLimited) {
  EXPECT_EQ(only_fault(std::string(limits::file_bytes_max + 1, ' ')),
            "f: the text is larger than 4194304 bytes; split it into several files");
}

TEST(ReadText, DepthIsLimited) {
  const auto nested = [](std::size_t depth) { return repeated("[", depth) + repeated("]", depth); };
  EXPECT_TRUE(
      read_text(nested(limits::nesting_depth_max), TextFormat::kYaml, "f").mistakes.empty());
  EXPECT_TRUE(
      read_text(nested(limits::nesting_depth_max), TextFormat::kJson, "f").mistakes.empty());
  EXPECT_NE(only_fault(nested(limits::nesting_depth_max + 1)).find("deeper than 64 levels"),
            std::string::npos);
  EXPECT_NE(only_fault(nested(limits::nesting_depth_max + 1), TextFormat::kJson).find("64 levels"),
            std::string::npos);
  EXPECT_FALSE(only_fault(nested(100'000)).empty());
  EXPECT_FALSE(only_fault(nested(100'000), TextFormat::kJson).empty());
}

TEST(ReadText, ValuesAreLimited) {
  const std::string many = "[" + repeated("1,", limits::document_values_max) + "1]";
  EXPECT_NE(only_fault(many).find("more than 200000 values"), std::string::npos);
  EXPECT_NE(only_fault(many, TextFormat::kJson).find("more than 200000 values"), std::string::npos);
}

TEST(ReadText, AliasesCountAsWhatTheyStandFor) {
  const std::string many = "a: &a [" + repeated("1,", limits::document_values_max / 2) + "1]\n";
  EXPECT_TRUE(read_text(many, TextFormat::kYaml, "f").mistakes.empty());
  EXPECT_NE(only_fault(many + "b: *a\n").find("aliases unfold the document"), std::string::npos);
}

}  // namespace
}  // namespace layer::resources
