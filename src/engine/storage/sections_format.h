// The fixed structures of a section container, as they lie in the file. Private to the reader and
// the writer; described in docs/formats/segment.md.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <type_traits>

namespace layer::engine::storage {

// Integers are written as they lie in memory.
static_assert(std::endian::native == std::endian::little, "the formats are little-endian");

inline constexpr std::array<char, 8> kSectionsMagic{'L', 'A', 'Y', 'E', 'R', 'S', 'E', 'G'};

struct SectionsHeader {
  std::array<char, 8> magic = kSectionsMagic;
  std::uint32_t version = 0;
  std::uint32_t reserved = 0;
};
static_assert(sizeof(SectionsHeader) == 16);

struct DirectoryEntry {
  std::uint32_t kind = 0;
  std::uint32_t attr = 0;
  std::uint32_t part = 0;
  std::uint32_t reserved = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint64_t checksum = 0;  // XXH3-64 of the section
};
static_assert(sizeof(DirectoryEntry) == 40);

struct SectionsFooter {
  std::uint64_t directory_offset = 0;
  std::uint32_t entries = 0;
  std::uint32_t version = 0;
  std::uint64_t directory_checksum = 0;  // XXH3-64 of the entries
  std::uint64_t file_size = 0;           // footer included
  std::array<char, 8> magic = kSectionsMagic;
  std::uint64_t checksum = 0;  // XXH3-64 of the 40 bytes before
};
static_assert(sizeof(SectionsFooter) == 48);
static_assert(std::is_trivially_copyable_v<SectionsFooter>);

}  // namespace layer::engine::storage
