#include "json/splice.h"

#include "json/lexer.h"
#include "json/unescape.h"

namespace layer::json {
namespace {

// Walks one object and notes what to cut.
class MemberCutter {
 public:
  MemberCutter(Lexer& lexer, const NamePredicate& cut, std::vector<Replacement>& out)
      : lexer_(lexer), cut_(cut), out_(out) {}

  // The object's begin was just read. `enter` picks members whose objects are walked instead.
  // False: not JSON.
  bool walk(std::optional<std::string_view> enter) {
    std::size_t kept_end = lexer_.end();  // of the last member that stays, or of the brace
    bool kept = false;
    std::optional<std::size_t> open;  // begin of a cut that runs to the next name or the end
    for (;;) {
      const Token token = lexer_.next();
      if (token != Token::kKey) {
        close(open, lexer_.begin());
        return token == Token::kEndObject;
      }
      const std::size_t begin = lexer_.begin();
      const std::string_view name = text_of(lexer_, scratch_);
      const bool cuts = !enter && cut_(name);
      const bool enters = enter && name == *enter;
      if (!cuts) {
        close(open, begin);
      } else if (!kept && !open) {
        open = begin;
      }
      if (!value(enters)) {
        return false;
      }
      if (!cuts) {
        kept = true;
        kept_end = lexer_.end();
      } else if (kept) {
        out_.push_back({.begin = kept_end, .end = lexer_.end()});
        kept_end = lexer_.end();
      }
    }
  }

 private:
  bool value(bool enter) {
    const Token token = lexer_.next();
    if (token == Token::kBeginObject && enter) {
      return MemberCutter(lexer_, cut_, out_).walk(std::nullopt);
    }
    if (token == Token::kBeginObject || token == Token::kBeginArray) {
      lexer_.skip();
      return lexer_.next() != Token::kInvalid;
    }
    return token != Token::kInvalid;
  }

  void close(std::optional<std::size_t>& open, std::size_t end) {
    if (open) {
      out_.push_back({.begin = *open, .end = end});
      open.reset();
    }
  }

  Lexer& lexer_;
  const NamePredicate& cut_;
  std::vector<Replacement>& out_;
  std::string scratch_;
};

}  // namespace

std::string replace_ranges(std::string_view text, std::span<const Replacement> replacements) {
  std::size_t size = text.size();
  for (const Replacement& r : replacements) {
    size += r.text.size() - (r.end - r.begin);
  }
  std::string out;
  out.reserve(size);
  std::size_t done = 0;
  for (const Replacement& r : replacements) {
    out.append(text.substr(done, r.begin - done)).append(r.text);
    done = r.end;
  }
  out.append(text.substr(done));
  return out;
}

std::optional<std::string> cut_members(std::string_view text, const NamePredicate& cut,
                                       std::optional<std::string_view> within) {
  Lexer lexer(text);
  std::vector<Replacement> cuts;
  if (lexer.next() != Token::kBeginObject || !MemberCutter(lexer, cut, cuts).walk(within) ||
      lexer.next() != Token::kEnd || cuts.empty()) {
    return std::nullopt;
  }
  return replace_ranges(text, cuts);
}

}  // namespace layer::json
