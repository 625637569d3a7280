#include "resources/reference.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "resources/check_directory.h"
#include "resources/schema.h"
#include "testing/source_dir.h"

namespace layer::resources {
namespace {

TEST(Reference, ThePageIsFresh) {
  std::ifstream file(testing::source_dir() / "docs/reference/resources.md");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(text, resources_reference())
      << "run: build/dev/layer resources reference > docs/reference/resources.md";
}

TEST(Reference, EveryFieldIsExplainedAndHangsTogether) {
  for (std::size_t i = 0; i < kKindCount; ++i) {
    const KindSchema& schema = schema_of(static_cast<Kind>(i));
    for (const Field& field : schema.fields) {
      EXPECT_FALSE(field.help.empty()) << field.path;
      const std::size_t dot = field.path.rfind('.');
      if (dot == std::string_view::npos) {
        continue;
      }
      std::string_view parent = field.path.substr(0, dot);
      auto type = FieldType::kObject;
      if (parent.ends_with("[]") || parent.ends_with("{}")) {
        type = parent.ends_with("[]") ? FieldType::kObjectList : FieldType::kObjectMap;
        parent.remove_suffix(2);
      }
      const auto it = std::ranges::find(schema.fields, parent, &Field::path);
      ASSERT_NE(it, schema.fields.end()) << field.path;
      EXPECT_EQ(it->type, type) << field.path;
    }
  }
}

TEST(Examples, AreWithoutMistakes) {
  const auto checked = check_path(testing::source_dir() / "examples/resources");
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->objects, 5U);
  for (const Mistake& mistake : checked->mistakes) {
    ADD_FAILURE() << to_string(mistake);
  }
}

}  // namespace
}  // namespace layer::resources
