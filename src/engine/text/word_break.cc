#include "engine/text/word_break.h"

#include "engine/text/char_props.h"
#include "engine/text/utf8.h"

namespace layer::engine::text {
namespace {

bool is_ignorable(WordBreak c) {
  return c == WordBreak::kExtend || c == WordBreak::kFormat || c == WordBreak::kZwj;
}

bool is_letter(WordBreak c) {
  return c == WordBreak::kALetter || c == WordBreak::kHebrewLetter;
}

// Rules that need no look-ahead: WB5, WB8 to WB10, WB13 to WB13b.
bool joins(WordBreak before, WordBreak after) {
  if (before == WordBreak::kKatakana) {
    return after == WordBreak::kKatakana || after == WordBreak::kExtendNumLet;
  }
  const bool alphanumeric_after = is_letter(after) || after == WordBreak::kNumeric;
  if (is_letter(before) || before == WordBreak::kNumeric) {
    return alphanumeric_after || after == WordBreak::kExtendNumLet;
  }
  return before == WordBreak::kExtendNumLet &&
         (alphanumeric_after || after == WordBreak::kKatakana || after == WordBreak::kExtendNumLet);
}

// Rules WB6 and WB7, WB7b and WB7c, WB11 and WB12: `middle` holds when it stands between two of a
// kind.
bool is_bridge(WordBreak before, WordBreak middle) {
  const bool either = middle == WordBreak::kMidNumLet || middle == WordBreak::kSingleQuote;
  if (before == WordBreak::kNumeric) {
    return either || middle == WordBreak::kMidNum;
  }
  if (before == WordBreak::kHebrewLetter && middle == WordBreak::kDoubleQuote) {
    return true;
  }
  return is_letter(before) && (either || middle == WordBreak::kMidLetter);
}

bool is_bridged(WordBreak before, WordBreak middle, WordBreak after) {
  if (before == WordBreak::kNumeric) {
    return after == WordBreak::kNumeric;
  }
  return middle == WordBreak::kDoubleQuote ? after == WordBreak::kHebrewLetter : is_letter(after);
}

class Reader {
 public:
  Reader(std::string_view text, std::size_t pos) : text_(text), pos_(pos) { load(); }

  bool done() const { return pos_ == text_.size(); }
  std::size_t pos() const { return pos_; }
  WordBreak peek() const { return props_.word_break(); }
  bool pictographic() const { return props_.has(CharProps::kPictographic); }
  bool word_like() const { return word_like_; }
  bool ascii() const { return ascii_; }
  bool ascii_upper() const { return ascii_upper_; }

  // Makes the next code point part of the segment.
  WordBreak take() {
    const WordBreak taken = peek();
    word_like_ |= props_.has(CharProps::kWordLike);
    ascii_ &= current_.code_point < 0x80;
    ascii_upper_ |= current_.code_point >= 'A' && current_.code_point <= 'Z';
    pos_ += current_.bytes;
    load();
    return taken;
  }

 private:
  void load() {
    if (!done()) {
      current_ = decode_at(text_, pos_);
      props_ = char_props(current_.code_point);
    }
  }

  std::string_view text_;
  std::size_t pos_;
  Decoded current_;
  CharProps props_;
  bool word_like_ = false;
  bool ascii_ = true;
  bool ascii_upper_ = false;
};

// Runs the rules from the start of a segment to its end.
void take_segment(Reader& reader) {
  WordBreak before = reader.take();
  if (before == WordBreak::kCr) {  // WB3
    if (!reader.done() && reader.peek() == WordBreak::kLf) {
      reader.take();
    }
    return;
  }
  if (before == WordBreak::kLf || before == WordBreak::kNewline) {  // WB3a, WB3b
    return;
  }
  while (before == WordBreak::kWSegSpace && !reader.done() &&
         reader.peek() == WordBreak::kWSegSpace) {  // WB3d
    reader.take();
  }
  bool after_zwj = before == WordBreak::kZwj;
  bool open_flag = before == WordBreak::kRegionalIndicator;
  while (true) {
    while (!reader.done() && is_ignorable(reader.peek())) {  // WB4
      after_zwj = reader.take() == WordBreak::kZwj;
    }
    if (reader.done()) {
      return;
    }
    const WordBreak next = reader.peek();
    if ((after_zwj && reader.pictographic()) || joins(before, next)) {  // WB3c and the simple ones
      before = reader.take();
    } else if (open_flag && next == WordBreak::kRegionalIndicator) {  // WB15, WB16
      before = reader.take();
      open_flag = false;
    } else {
      bool bridged = false;
      if (is_bridge(before, next)) {
        Reader ahead = reader;
        ahead.take();
        while (!ahead.done() && is_ignorable(ahead.peek())) {
          ahead.take();
        }
        if (!ahead.done() && is_bridged(before, next, ahead.peek())) {
          before = ahead.take();
          reader = ahead;
          bridged = true;
        }
      }
      if (!bridged) {
        if (before != WordBreak::kHebrewLetter || next != WordBreak::kSingleQuote) {
          return;
        }
        before = reader.take();  // WB7a
      }
    }
    after_zwj = false;
  }
}

}  // namespace

Segment next_segment(std::string_view text, std::size_t pos) {
  Reader reader(text, pos);
  take_segment(reader);
  return {.begin = pos,
          .end = reader.pos(),
          .word_like = reader.word_like(),
          .ascii = reader.ascii(),
          .ascii_upper = reader.ascii_upper()};
}

}  // namespace layer::engine::text
