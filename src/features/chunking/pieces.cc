#include "features/chunking/pieces.h"

#include <algorithm>
#include <functional>
#include <string>

#include "engine/text/sentences.h"

namespace layer::features::chunking {
namespace {

constexpr std::string_view kBlank = " \t\r\n\f\v";

bool is_blank(std::string_view text) {
  return text.find_first_not_of(kBlank) == std::string_view::npos;
}

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

// Lines of a text one after the other, and whether fenced code is open.
class Lines {
 public:
  Lines(std::string_view text, Range range) : text_(text), at_(range.begin), end_(range.end) {}

  bool next() {
    if (at_ == end_) {
      return false;
    }
    const std::size_t line_end = text_.find('\n', at_);
    line_ = {.begin = at_,
             .end = line_end == std::string_view::npos ? end_ : std::min(line_end + 1, end_)};
    at_ = line_.end;
    inside_ = fence_ != 0;
    note_fence();
    return true;
  }
  Range line() const { return line_; }
  std::string_view text() const { return line_.of(text_); }
  bool in_code() const { return inside_; }

 private:
  void note_fence() {
    std::string_view text = this->text();
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    for (const char mark : {'`', '~'}) {
      if (text.starts_with(std::string(3, mark)) && (fence_ == 0 || fence_ == mark)) {
        fence_ = fence_ == 0 ? mark : 0;
        return;
      }
    }
  }

  std::string_view text_;
  std::size_t at_;
  std::size_t end_;
  Range line_{};
  char fence_ = 0;
  bool inside_ = false;
};

// Pieces that begin where `starts` says so.
std::vector<Range> cut_lines(std::string_view text, Range range,
                             const std::function<bool(const Lines&)>& starts) {
  std::vector<Range> pieces;
  Lines lines(text, range);
  while (lines.next()) {
    const bool start = starts(lines);
    if (pieces.empty() || start) {
      pieces.push_back(lines.line());
    }
    pieces.back().end = lines.line().end;
  }
  return pieces;
}

std::vector<Range> cut_blocks(std::string_view text, Range range) {
  bool after_blank = false;
  return cut_lines(text, range, [&](const Lines& lines) {
    const bool blank = !lines.in_code() && is_blank(lines.text());
    const bool starts = after_blank && !blank;
    after_blank = blank;
    return starts;
  });
}

std::vector<Range> cut_sentences(std::string_view text, Range range) {
  std::vector<Range> pieces;
  std::size_t begin = range.begin;
  for (const std::size_t end : engine::text::sentence_ends(range.of(text))) {
    pieces.push_back({.begin = begin, .end = range.begin + end});
    begin = range.begin + end;
  }
  return pieces;
}

std::vector<Range> cut_words(std::string_view text, Range range) {
  std::vector<Range> pieces;
  std::size_t at = range.begin;
  while (at < range.end) {
    std::size_t end = text.find_first_of(kBlank, text.find_first_not_of(kBlank, at));
    end = end == std::string_view::npos ? range.end : text.find_first_not_of(kBlank, end);
    end = std::min(end, range.end);
    pieces.push_back({.begin = at, .end = end});
    at = end;
  }
  return pieces;
}

std::vector<Range> cut_characters(std::string_view text, Range range) {
  std::vector<Range> pieces;
  for (std::size_t at = range.begin; at < range.end;) {
    const std::size_t end = std::min(next_character(text, at), range.end);
    pieces.push_back({.begin = at, .end = end});
    at = end;
  }
  return pieces;
}

bool is_heading(std::string_view line) {
  const std::size_t marks = line.find_first_not_of('#');
  return marks != std::string_view::npos && marks >= 1 && marks <= 6 &&
         kBlank.find(line[marks]) != std::string_view::npos;
}

}  // namespace

std::vector<Range> cut(std::string_view text, Range range, Cut where) {
  switch (where) {
    case Cut::kBlocks:
      return cut_blocks(text, range);
    case Cut::kLines:
      return cut_lines(text, range, [](const Lines&) { return true; });
    case Cut::kSentences:
      return cut_sentences(text, range);
    case Cut::kWords:
      return cut_words(text, range);
    case Cut::kCharacters:
      return cut_characters(text, range);
  }
  return {};
}

std::vector<Range> cut_headings(std::string_view text) {
  bool bare = true;  // nothing but headings so far in this piece
  return cut_lines(text, {.begin = 0, .end = text.size()}, [&](const Lines& lines) {
    const bool heading = !lines.in_code() && is_heading(lines.text());
    const bool starts = heading && !bare;
    bare = (starts || bare) && (heading || is_blank(lines.text()));
    return starts;
  });
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return !is_continuation(c); }));
}

std::size_t next_character(std::string_view text, std::size_t at) {
  ++at;
  while (at < text.size() && is_continuation(text[at])) {
    ++at;
  }
  return at;
}

}  // namespace layer::features::chunking
