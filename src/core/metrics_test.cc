#include "core/metrics.h"

#include <array>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace layer::core {
namespace {

constexpr std::array kBounds{0.1, 1.0};
constexpr MetricSpec kHits{"hits_total", MetricKind::kCounter, "hits", "route"};
constexpr MetricSpec kTime{"time_seconds", MetricKind::kHistogram, "time", "", kBounds};
constexpr MetricSpec kOpen{"open", MetricKind::kGauge, "open ones"};

TEST(Metrics, PrintAsPrometheusText) {
  Metrics metrics;
  metrics.sample(kHits, {"a\"b"}).add(2);
  metrics.sample(kTime).observe(0.05);
  metrics.sample(kTime).observe(5);
  metrics.gauge(kOpen, [] { return 3.0; });
  EXPECT_EQ(metrics.print(),
            "# HELP hits_total hits\n# TYPE hits_total counter\nhits_total{route=\"a\\\"b\"} 2\n"
            "# HELP open open ones\n# TYPE open gauge\nopen 3\n"
            "# HELP time_seconds time\n# TYPE time_seconds histogram\n"
            "time_seconds_bucket{le=\"0.1\"} 1\ntime_seconds_bucket{le=\"1\"} 1\n"
            "time_seconds_bucket{le=\"+Inf\"} 2\ntime_seconds_sum 5.05\ntime_seconds_count 2\n");
}

TEST(Metrics, LabelSetsAreBounded) {
  Metrics metrics;
  for (int i = 0; i < 16'884; ++i) {
    metrics.sample(kHits, {std::to_string(i)}).add();
  }
  EXPECT_NE(metrics.print().find("hits_total{route=\"other\"} 500"), std::string::npos);
}

TEST(SampleSlot, ThreadsThatLookAtOnceFindTheSameWholeSample) {
  constexpr int kThreads = 4;
  for (int round = 0; round < 50; ++round) {
    Metrics metrics;
    SampleSlot slot;
    std::latch start(kThreads);
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        start.arrive_and_wait();
        slot.get([&]() -> Sample& { return metrics.sample(kTime); }).observe(0.5);
      });
    }
    threads.clear();
    EXPECT_EQ(metrics.sample(kTime).value(), 4U);
    EXPECT_NE(metrics.print().find("time_seconds_bucket{le=\"1\"} 4\n"), std::string::npos);
  }
}

}  // namespace
}  // namespace layer::core
