#include "queue/stored_text.h"

namespace layer::queue {
namespace {

constexpr char kMark = '\1';
constexpr std::string_view kMarked{"\0\1", 2};

}  // namespace

std::string stored_text(std::string_view text) {
  if (text.find_first_of(kMarked) == std::string_view::npos) {
    return std::string(text);
  }
  std::string out;
  for (const char c : text) {
    if (c == '\0' || c == kMark) {
      out += kMark;
      out += c == '\0' ? '0' : '1';
    } else {
      out += c;
    }
  }
  return out;
}

std::string original_text(std::string_view stored) {
  std::string out;
  out.reserve(stored.size());
  for (std::size_t i = 0; i < stored.size(); ++i) {
    if (stored[i] == kMark && i + 1 < stored.size()) {
      out += stored[++i] == '0' ? '\0' : kMark;
    } else {
      out += stored[i];
    }
  }
  return out;
}

}  // namespace layer::queue
