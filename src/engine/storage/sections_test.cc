#include "engine/storage/sections.h"

#include <gtest/gtest.h>

#include <string_view>

#include "engine/storage/memory_file_system.h"

namespace layer::engine::storage {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

constexpr SectionKey kFirst{.kind = SectionKind::kRows, .attr = 0, .part = 1};
constexpr SectionKey kSecond{.kind = SectionKind::kColumn, .attr = 7, .part = 0};
constexpr SectionKey kEmpty{.kind = SectionKind::kText, .attr = 7, .part = 0};

void write_example(SectionSink& sink) {
  SectionWriter writer(sink);
  ASSERT_TRUE(writer.begin(kSecond).has_value());
  ASSERT_TRUE(writer.append(bytes_of("second ")).has_value());
  ASSERT_TRUE(writer.append(bytes_of("section")).has_value());
  EXPECT_EQ(writer.section_size(), 14U);
  EXPECT_EQ(writer.section_offset(), 64U);
  ASSERT_TRUE(writer.add(kFirst, bytes_of("first")).has_value());
  ASSERT_TRUE(writer.add(kEmpty, {}).has_value());
  ASSERT_TRUE(writer.finish().has_value());
}

std::vector<std::byte> example() {
  MemorySink sink;
  write_example(sink);
  return sink.take();
}

void expect_example(const SectionReader& reader) {
  EXPECT_TRUE(reader.verify().has_value());
  EXPECT_EQ(text_of(reader.section(kFirst)), "first");
  EXPECT_EQ(text_of(reader.section(kSecond)), "second section");
  EXPECT_TRUE(reader.has(kEmpty));
  EXPECT_FALSE(reader.has({.kind = SectionKind::kText, .attr = 8}));
  EXPECT_EQ(reader.keys(), (std::vector<SectionKey>{kFirst, kSecond, kEmpty}));
}

TEST(Sections, AreFoundByKeyAndAligned) {
  const auto reader = SectionReader::open(memory_blob(example()));
  ASSERT_TRUE(reader.has_value()) << reader.error().message;
  expect_example(*reader);
  const auto* start = reader->blob()->bytes().data();
  EXPECT_EQ((reader->section(kFirst).data() - start) % kSectionAlignment, 0);
}

TEST(Sections, AFileHoldsTheSameBytesAsMemory) {
  MemoryFileSystem files;
  auto sink = FileSink::create(files, "/s");
  ASSERT_TRUE(sink.has_value());
  write_example(*sink);
  ASSERT_TRUE(sink->finish().has_value());
  EXPECT_EQ(files.read("/s").value(), example());
  const auto reader = SectionReader::open(files.map("/s").value());
  ASSERT_TRUE(reader.has_value());
  expect_example(*reader);
}

TEST(Sections, AnEmptyContainerIsValid) {
  MemorySink sink;
  ASSERT_TRUE(SectionWriter(sink).finish().has_value());
  const auto reader = SectionReader::open(memory_blob(sink.take()));
  ASSERT_TRUE(reader.has_value());
  EXPECT_TRUE(reader->keys().empty());
}

TEST(Sections, EveryFlippedByteIsFoundOrHarmless) {
  const std::vector<std::byte> good = example();
  for (std::size_t i = 0; i < good.size(); ++i) {
    SCOPED_TRACE(i);
    auto bad = good;
    bad[i] ^= std::byte{0x20};
    const auto reader = SectionReader::open(memory_blob(std::move(bad), "seg-1"));
    if (!reader || !reader->verify()) {
      const std::string& message =
          reader ? reader->verify().error().message : reader.error().message;
      EXPECT_NE(message.find("seg-1 is damaged at byte "), std::string::npos) << message;
      continue;
    }
    expect_example(*reader);
  }
}

TEST(Sections, ACutFileIsRefusedAtEveryLength) {
  const std::vector<std::byte> good = example();
  for (std::size_t size = 0; size < good.size(); ++size) {
    auto cut = good;
    cut.resize(size);
    EXPECT_EQ(SectionReader::open(memory_blob(std::move(cut))).error().code, ErrorCode::kCorrupt);
  }
}

}  // namespace
}  // namespace layer::engine::storage
