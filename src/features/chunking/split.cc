#include "features/chunking/split.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "features/chunking/pieces.h"

namespace layer::features::chunking {
namespace {

constexpr std::string_view kBlank = " \t\r\n\f\v";

constexpr Cut kWordCuts[] = {Cut::kWords, Cut::kCharacters};
constexpr Cut kSentenceCuts[] = {Cut::kSentences, Cut::kWords, Cut::kCharacters};
constexpr Cut kAllCuts[] = {Cut::kBlocks, Cut::kLines, Cut::kSentences, Cut::kWords,
                            Cut::kCharacters};

struct Piece {
  Range range{};
  std::size_t weight = 0;
};

class Splitter {
 public:
  Splitter(std::string_view text, const SplitRule& rule, const TokenCount& tokens)
      : text_(text), rule_(rule), tokens_(tokens) {}

  Result<std::vector<std::string_view>> run() {
    if (rule_.strategy == Strategy::kMarkdown) {
      for (const Range section : cut_headings(text_)) {
        LAYER_TRY(pack(section));
      }
    } else {
      LAYER_TRY(pack({.begin = 0, .end = text_.size()}));
    }
    return std::move(chunks_);
  }

 private:
  std::span<const Cut> cuts() const {
    switch (rule_.strategy) {
      case Strategy::kFixed:
        return kWordCuts;
      case Strategy::kSentence:
        return kSentenceCuts;
      case Strategy::kRecursive:
      case Strategy::kMarkdown:
        return kAllCuts;
    }
    return kAllCuts;
  }

  std::size_t weigh(Range range) const {
    const std::string_view text = range.of(text_);
    if (rule_.unit == Unit::kCharacters) {
      return count_characters(text);
    }
    const bool blank = text.find_first_not_of(kBlank) == std::string_view::npos;
    return blank ? 0 : std::max<std::size_t>(tokens_(text), 1);
  }

  // Pieces that fit, as coarse as can be.
  void refine(Range range, std::span<const Cut> cuts, std::vector<Piece>& out) const {
    for (const Range piece : cut(text_, range, cuts.front())) {
      const std::size_t weight = weigh(piece);
      if (weight <= rule_.size || cuts.size() == 1) {
        out.push_back({.range = piece, .weight = weight});
      } else {
        refine(piece, cuts.subspan(1), out);
      }
    }
  }

  Result<void> pack(Range range) {
    if (weigh(range) <= rule_.size) {
      return add(range);
    }
    if (rule_.strategy == Strategy::kFixed && rule_.unit == Unit::kCharacters) {
      return windows(range);
    }
    std::vector<Piece> pieces;
    refine(range, cuts(), pieces);
    std::size_t first = 0;
    std::size_t next = 0;    // behind the chunk
    std::size_t weight = 0;  // of [first, next)
    for (;;) {
      while (next < pieces.size() &&
             (next == first || weight + pieces[next].weight <= rule_.size)) {
        weight += pieces[next++].weight;
      }
      LAYER_TRY(add({.begin = pieces[first].range.begin, .end = pieces[next - 1].range.end}));
      if (next == pieces.size()) {
        return {};
      }
      // The next chunk begins with as much of this one as may overlap and leaves it room to go on.
      const std::size_t ended = first;
      first = next;
      weight = 0;
      while (first > ended + 1 && weight + pieces[first - 1].weight <= rule_.overlap &&
             weight + pieces[first - 1].weight + pieces[next].weight <= rule_.size) {
        weight += pieces[--first].weight;
      }
    }
  }

  Result<void> windows(Range range) {
    Range window{.begin = range.begin, .end = after(range.begin, rule_.size)};
    for (;;) {
      LAYER_TRY(add(window));
      if (window.end >= range.end) {
        return {};
      }
      const std::size_t step = rule_.size - rule_.overlap;
      window = {.begin = after(window.begin, step), .end = after(window.end, step)};
    }
  }

  // Where `count` characters from `at` end.
  std::size_t after(std::size_t at, std::size_t count) const {
    for (; count > 0 && at < text_.size(); --count) {
      at = next_character(text_, at);
    }
    return at;
  }

  Result<void> add(Range range) {
    const std::string_view text = range.of(text_);
    const std::size_t begin = text.find_first_not_of(kBlank);
    if (begin == std::string_view::npos) {
      return {};
    }
    if (chunks_.size() == kChunksMax) {
      return fail(ErrorCode::kValidation,
                  fmt::format("a text makes more than {} chunks: give chunk a larger size, or a "
                              "smaller overlap",
                              kChunksMax));
    }
    chunks_.push_back(text.substr(begin, text.find_last_not_of(kBlank) + 1 - begin));
    return {};
  }

  const std::string_view text_;
  const SplitRule& rule_;
  const TokenCount& tokens_;
  std::vector<std::string_view> chunks_;
};

}  // namespace

Result<std::vector<std::string_view>> split(std::string_view text, const SplitRule& rule,
                                            const TokenCount& tokens) {
  return Splitter(text, rule, tokens).run();
}

}  // namespace layer::features::chunking
