#include "json/locate.h"

#include <algorithm>

namespace layer::json {
namespace {

// Steps over a text that a parser has accepted; still never reads past its end.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::size_t at() const { return at_; }
  void go(std::size_t offset) { at_ = offset; }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip(std::size_t count) { at_ = std::min(at_ + count, text_.size()); }

  void space() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

  // The bytes between the quotes, escapes and all.
  std::string_view string() {
    const std::size_t begin = at_ + 1;
    skip(1);
    while (at_ < text_.size() && text_[at_] != '"') {
      skip(text_[at_] == '\\' ? 2 : 1);
    }
    const std::string_view inner = text_.substr(std::min(begin, text_.size()), at_ - begin);
    skip(1);
    return inner;
  }

  void value() {
    std::size_t depth = 0;
    do {
      const char c = peek();
      if (c == '"') {
        string();
      } else if (c == '{' || c == '[') {
        ++depth;
        skip(1);
      } else if (c == '}' || c == ']') {
        --depth;
        skip(1);
      } else if (c == ',' || c == ':') {
        skip(1);
      } else {
        at_ = std::min(text_.find_first_of(",:]} \t\r\n", at_), text_.size());
      }
      if (depth > 0) {
        space();
      }
    } while (depth > 0 && at_ < text_.size());
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

struct Place {
  std::size_t begin = 0;
  std::size_t name_end = 0;
  bool reached = true;
};

// Moves from the value at `place` to its member or item; false when it has none such.
bool descend(Scanner& scanner, const Path& step, Place& place) {
  scanner.go(place.begin);
  if (scanner.peek() != (step.is_member() ? '{' : '[')) {
    return false;
  }
  scanner.skip(1);
  for (std::size_t index = 0;; ++index) {
    scanner.space();
    const char c = scanner.peek();
    if (c == '}' || c == ']' || c == '\0') {
      return false;
    }
    bool found = !step.is_member() && index == step.index();
    std::size_t name_end = scanner.at();
    if (step.is_member()) {
      found = scanner.string() == step.name();
      name_end = scanner.at();
      scanner.space();
      scanner.skip(1);
      scanner.space();
    }
    if (found) {
      place = {.begin = scanner.at(), .name_end = name_end};
      return true;
    }
    scanner.value();
    scanner.space();
    if (scanner.peek() == ',') {
      scanner.skip(1);
    }
  }
}

Place follow(Scanner& scanner, const Path& path) {
  if (path.is_root()) {
    scanner.space();
    return {.begin = scanner.at(), .name_end = scanner.at()};
  }
  Place place = follow(scanner, *path.parent());
  place.reached = place.reached && descend(scanner, path, place);
  return place;
}

}  // namespace

Position position_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const std::size_t newline = before.rfind('\n');
  const std::size_t line_begin = newline == std::string_view::npos ? 0 : newline + 1;
  const auto lines = static_cast<std::size_t>(std::ranges::count(before, '\n'));
  return {.line = lines + 1, .column = before.size() - line_begin};
}

std::optional<Position> locate(const Path& path, Edge edge) {
  if (path.text().empty()) {
    return std::nullopt;
  }
  Scanner scanner(path.text());
  const Place place = follow(scanner, path);
  if (!place.reached || edge == Edge::kEnd) {
    scanner.go(place.begin);
    scanner.value();
    return position_of(path.text(), scanner.at());
  }
  return position_of(path.text(), edge == Edge::kName ? place.name_end : place.begin);
}

}  // namespace layer::json
