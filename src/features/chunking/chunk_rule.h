// How a text is cut into chunks (rule EM8 of the contract). Thread safety: values, pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "json/document.h"
#include "json/writer.h"

namespace layer::features::chunking {

enum class Strategy : std::uint8_t { kFixed, kRecursive, kSentence, kMarkdown };
enum class Unit : std::uint8_t { kCharacters, kTokens };  // characters: Unicode code points

inline constexpr std::uint32_t kSizeMax = 1'000'000;
inline constexpr std::uint32_t kSizeDefault = 1000;
inline constexpr std::size_t kSectionFieldsMax = 64;

struct SplitRule {
  Strategy strategy = Strategy::kRecursive;
  Unit unit = Unit::kCharacters;
  std::uint32_t size = kSizeDefault;  // at most, of a chunk
  std::uint32_t overlap = 0;          // at most, of a chunk with the one before it; below size

  bool operator==(const SplitRule&) const = default;
};

// A document in named parts: members of the source, which is JSON then, or other attributes.
struct SectionRule {
  std::vector<std::string> json_fields{};
  std::vector<std::string> fields{};
  std::string attribute = "section";  // of a chunk: the name of its part
  std::optional<SplitRule> split{};   // of each part; absent: a part is one chunk

  bool operator==(const SectionRule&) const = default;
};

// One of the two is there.
struct ChunkRule {
  std::optional<SplitRule> split{};
  std::optional<SectionRule> section{};

  bool operator==(const ChunkRule&) const = default;
};

// nullopt: strategy "none". `where` names the value in errors: kValidation.
Result<std::optional<ChunkRule>> parse_chunk_rule(const json::Value& value, std::string_view where);

// What parse_chunk_rule reads.
void print_chunk_rule(json::Writer& out, const ChunkRule& rule);

}  // namespace layer::features::chunking
