#include "operator/process/output_lines.h"

#include <algorithm>
#include <utility>

namespace layer::workers {

std::vector<std::string> OutputLines::take(std::string_view piece) {
  std::vector<std::string> lines;
  const auto close = [&] {
    if (open_.ends_with('\r')) {
      open_.pop_back();
    }
    if (!open_.empty()) {
      lines.push_back(std::exchange(open_, {}));
    }
  };
  while (!piece.empty()) {
    const std::size_t end = std::min(piece.find('\n'), piece.size());
    const std::size_t count = std::min(end, kOutputLineBytesMax - open_.size());
    open_.append(piece.substr(0, count));
    piece.remove_prefix(count);
    if (piece.starts_with('\n')) {
      piece.remove_prefix(1);
      close();
    } else if (open_.size() == kOutputLineBytesMax) {
      close();
    }
  }
  return lines;
}

std::string OutputLines::rest() {
  return std::exchange(open_, {});
}

}  // namespace layer::workers
