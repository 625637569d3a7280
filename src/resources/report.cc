#include "resources/report.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "resources/limits.h"
#include "resources/read_node.h"

namespace layer::resources {
namespace {

constexpr std::size_t kComparedBytesMax = 64;
constexpr std::size_t kListedMax = 12;

std::string plain(std::string_view word) {
  std::string text;
  for (const char c : word) {
    if (c != '_' && c != '-') {
      text += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
  }
  return text;
}

// Insertions, deletions, replacements and swaps of neighbours that lead from one to the other.
std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(last.begin(), last.end(), 0U);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace

void Report::add(Position at, std::string path, std::string message, std::string hint,
                 std::string reason) {
  if (out_.size() < limits::mistakes_per_file_max) {
    out_.push_back({.origin = {.file = file_, .at = at},
                    .object = object_,
                    .path = std::move(path),
                    .message = std::move(message),
                    .hint = std::move(hint),
                    .reason = std::move(reason)});
  }
}

void Report::add_at(const Node& spec, std::string_view path, std::string message, std::string hint,
                    std::string reason) {
  std::string_view there = path;
  const Node* node = at_path(spec, there);
  while (node == nullptr && !there.empty()) {
    const std::size_t cut = there.find_last_of(".[");
    there = there.substr(0, cut == std::string_view::npos ? 0 : cut);
    node = at_path(spec, there);
  }
  add(node == nullptr ? spec.at : node->at, path.empty() ? "spec" : fmt::format("spec.{}", path),
      std::move(message), std::move(hint), std::move(reason));
}

std::string nearest(std::string_view word, const std::vector<std::string_view>& known) {
  const std::string wanted = plain(word.substr(0, kComparedBytesMax));
  std::string_view best;
  std::size_t least = wanted.size() / 3 + 1;
  for (const std::string_view candidate : known) {
    const std::size_t distance = edits(wanted, plain(candidate));
    if (distance < least || (distance == least && best.empty() && distance <= 2)) {
      least = distance;
      best = candidate;
    }
  }
  return std::string(best);
}

std::string suggest(std::string_view word, const std::vector<std::string_view>& known) {
  if (const std::string near = nearest(word, known); !near.empty()) {
    return fmt::format("did you mean '{}'?", near);
  }
  return known.empty() || known.size() > kListedMax
             ? std::string()
             : fmt::format("known here: {}", fmt::join(known, ", "));
}

}  // namespace layer::resources
