#include "core/loop_mark.h"

#include <chrono>
#include <cmath>
#include <regex>
#include <string>

#include <gtest/gtest.h>

namespace layer::core {
namespace {

double printed(const Metrics& metrics, const std::string& loop) {
  const std::string text = metrics.print();
  const std::regex line("layer_loop_last_success_seconds\\{loop=\"" + loop + "\"\\} (\\S+)");
  std::smatch found;
  return std::regex_search(text, found, line) ? std::stod(found[1]) : std::nan("");
}

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

TEST(LoopMark, ShowsTheTimeOfTheLastGoodTurn) {
  Metrics metrics;
  LoopMark mark(metrics, "watcher");
  LoopMark other(metrics, "purger");
  EXPECT_EQ(printed(metrics, "watcher"), 0);
  const double before = now();
  mark.done();
  EXPECT_GE(printed(metrics, "watcher"), std::floor(before));
  EXPECT_LE(printed(metrics, "watcher"), std::ceil(now()));
  EXPECT_EQ(printed(metrics, "purger"), 0);
}

TEST(LoopMark, MayBeNobodys) {
  LoopMark mark;
  mark.done();
}

TEST(LoopMark, OutlivesItsLoop) {
  Metrics metrics;
  LoopMark(metrics, "watcher").done();
  EXPECT_GT(printed(metrics, "watcher"), 0);
}

}  // namespace
}  // namespace layer::core
