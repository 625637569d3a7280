#include "core/failpoint.h"

#include <unistd.h>

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace layer::core {
namespace {

struct Point {
  std::string name;
  std::atomic<long> left = 1;
};

using Points = std::vector<std::unique_ptr<Point>>;

Points read_environment() {
  Points points;
  const char* text = std::getenv("LAYER_FAILPOINT");  // NOLINT(concurrency-mt-unsafe)
  std::string_view rest = text == nullptr ? "" : text;
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view item = rest.substr(0, comma);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    const std::size_t colon = std::min(item.find(':'), item.size());
    auto point = std::make_unique<Point>();
    point->name = item.substr(0, colon);
    long count = 1;
    if (colon < item.size()) {
      std::from_chars(item.data() + colon + 1, item.data() + item.size(), count);
    }
    point->left = count;
    points.push_back(std::move(point));
  }
  return points;
}

}  // namespace

bool failpoint_due(std::string_view name) {
  static const Points points = read_environment();
  for (const auto& point : points) {
    if (point->name == name && point->left.fetch_sub(1) == 1) {
      return true;
    }
  }
  return false;
}

void failpoint_die() {
  kill(getpid(), SIGKILL);
  std::abort();
}

}  // namespace layer::core
