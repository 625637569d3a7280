// Where a text may be cut, coarse to fine. Thread safety: pure functions. Every cut covers its text
// without gaps: white space goes with what stands before it.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace layer::features::chunking {

// Bytes [begin, end) of a text.
struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;

  std::string_view of(std::string_view text) const { return text.substr(begin, end - begin); }
  bool operator==(const Range&) const = default;
};

enum class Cut : unsigned char {
  kBlocks,      // at empty lines, but not inside fenced code
  kLines,       // at line ends
  kSentences,   // UAX #29
  kWords,       // before each word
  kCharacters,  // each code point
};

// `range` of the text in pieces. An empty range has none.
std::vector<Range> cut(std::string_view text, Range range, Cut where);

// At headings of Markdown (one to six #), but not inside fenced code. A heading with nothing below
// it stays with what follows.
std::vector<Range> cut_headings(std::string_view text);

// Code points; bytes that are no UTF-8 count with the character before them.
std::size_t count_characters(std::string_view text);
// Where the character at `at`, which is below the text's size, ends.
std::size_t next_character(std::string_view text, std::size_t at);

}  // namespace layer::features::chunking
