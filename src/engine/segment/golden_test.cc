#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "engine/segment/builder.h"
#include "engine/segment/expect_rows.h"
#include "engine/segment/random_rows.h"
#include "engine/storage/file_system.h"
#include "testing/source_dir.h"

namespace layer::engine::segment {
namespace {

std::filesystem::path golden_file() {
  return testing::source_dir() / "tests" / "golden" / "segment-v1.seg";
}

// A value of every kind by formula, so that the rows never change with a random generator.
wire::Value golden_value(const wire::Attribute& attribute, std::uint64_t n) {
  const auto number = static_cast<std::int64_t>(n % 17) - 8;
  const std::string word = "w" + std::to_string(n % 23);
  const wire::Uuid uuid{{static_cast<std::uint8_t>(n % 5), 1, 2, 3, 4, 5, 6, 7, 8, 9}};
  const bool array = attribute.type.array;
  switch (attribute.type.kind) {
    case wire::Kind::kString:
      if (array) {
        return std::vector<std::string>{word, "common " + word};
      }
      return attribute.full_text ? "common " + word + " " + word + " rare" + std::to_string(n)
                                 : word;
    case wire::Kind::kInt:
      return array ? wire::Value(std::vector<std::int64_t>{number, 0, number})
                   : wire::Value(number);
    case wire::Kind::kUint:
      return array ? wire::Value(std::vector<std::uint64_t>{n, ~n}) : wire::Value(~n);
    case wire::Kind::kFloat:
      return array ? wire::Value(std::vector<double>{0.25, -0.5}) : wire::Value(number / 4.0);
    case wire::Kind::kUuid:
      return array ? wire::Value(std::vector<wire::Uuid>{uuid}) : wire::Value(uuid);
    case wire::Kind::kDatetime:
      return array ? wire::Value(std::vector<wire::Datetime>{{number}, {1'700'000'000'000}})
                   : wire::Value(wire::Datetime{number * 86'400'000});
    case wire::Kind::kBool:
      return array ? wire::Value(std::vector<std::uint8_t>{1, 0}) : wire::Value(n % 2 == 0);
    case wire::Kind::kBytes:
      return wire::Bytes{std::string("\0\xFF", 2)};
    case wire::Kind::kUnknown:
      return wire::EmptyArray{};
    case wire::Kind::kDense: {
      wire::DenseVector vector;
      for (std::uint32_t i = 0; i < attribute.type.dims; ++i) {
        vector.elements.push_back(static_cast<float>(number) + static_cast<float>(i));
      }
      return vector;
    }
    case wire::Kind::kSparse:
      return wire::SparseVector{{{"a", 0.5F}, {"d" + std::to_string(n % 7), 2.0F}}};
    case wire::Kind::kMultiVector:
      return wire::MultiVector{.dims = 2, .elements = {1, 2, 3, 4}};
  }
  return {};
}

// Enough rows for packed blocks of postings; every third value is missing.
std::vector<Row> golden_rows(const wire::Schema& schema) {
  std::vector<Row> rows;
  for (std::uint64_t n = 0; n < 300; ++n) {
    Row row{.id = n * n, .fields = {}};
    for (AttrId attr = 0; attr < schema.attributes().size(); ++attr) {
      const wire::Attribute& attribute = schema.at(attr);
      if (attribute.name != "never written" &&
          (attribute.type.kind == wire::Kind::kDense || (n + attr) % 3 != 0)) {
        row.fields.push_back({.attr = attr, .value = golden_value(attribute, n)});
      }
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

// A file of version 1, written when the version was made. Readers of it stay.
TEST(GoldenSegment, OfVersion1IsStillRead) {
  auto blob = storage::posix_file_system()->map(golden_file());
  ASSERT_TRUE(blob.has_value()) << blob.error().message;
  const auto segment = Segment::open(*blob);
  ASSERT_TRUE(segment.has_value()) << segment.error().message;
  const wire::Schema schema = every_type();
  expect_rows(**segment, schema, golden_rows(schema));
}

// A change of the layout shows here: it needs a new version, and a reader for this one. Row blocks
// are left out, since their bytes depend on the version of zstd.
TEST(GoldenSegment, IsWrittenTheSameToday) {
  const wire::Schema schema = every_type();
  const auto today = storage::SectionReader::open(
      storage::memory_blob(build_from_rows(schema, golden_rows(schema), {}).value()));
  const auto golden =
      storage::SectionReader::open(storage::posix_file_system()->map(golden_file()).value());
  ASSERT_TRUE(today.has_value() && golden.has_value());
  ASSERT_EQ(today->keys(), golden->keys());
  for (const storage::SectionKey& key : today->keys()) {
    SCOPED_TRACE(::testing::Message()
                 << "section " << static_cast<int>(key.kind) << "/" << key.attr << "/" << key.part);
    if (key.kind != storage::SectionKind::kRows) {
      const auto a = today->section(key);
      const auto b = golden->section(key);
      EXPECT_TRUE(std::ranges::equal(a, b));
    }
  }
}

// Run by hand, once a version: --gtest_also_run_disabled_tests --gtest_filter=*WritesTheFile.
TEST(GoldenSegment, DISABLED_WritesTheFile) {
  const wire::Schema schema = every_type();
  const auto bytes = build_from_rows(schema, golden_rows(schema), {}).value();
  ASSERT_TRUE(storage::replace_file(*storage::posix_file_system(), golden_file(), bytes));
}

}  // namespace
}  // namespace layer::engine::segment
