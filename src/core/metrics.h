// Counters, gauges and histograms in the Prometheus text format. A metric is declared once, by the
// spec it is made from; its samples are made at start or on first use.
// Thread safety: all of it. Cost: one relaxed atomic addition a sample, a shared lock on look-up by
// labels: keep the reference where it is hot.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace layer::core {

enum class MetricKind : std::uint8_t { kCounter, kGauge, kHistogram };

struct MetricSpec {
  std::string_view name;
  MetricKind kind;
  std::string_view help;
  std::string_view labels{};          // separated by spaces
  std::span<const double> buckets{};  // histograms: upper bounds, ascending
};

// Bucket bounds for durations, in seconds.
std::span<const double> seconds_buckets();

class Sample {
 public:
  explicit Sample(std::span<const double> bounds);
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  // Of a gauge that is counted up and down; never below zero.
  void subtract(std::uint64_t n = 1) { value_.fetch_sub(n, std::memory_order_relaxed); }
  void observe(double value);
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  friend class Metrics;
  std::span<const double> bounds_;
  std::atomic<std::uint64_t> value_{0};  // counters: the count; histograms: all observations
  std::atomic<std::uint64_t> sum_nano_{0};
  std::deque<std::atomic<std::uint64_t>> buckets_;
};

class Metrics {
 public:
  // The sample of a counter, a histogram or a gauge that is counted up and down, with these label
  // values, made on first use. Label sets are bounded: beyond 16,384 of one metric they share the
  // sample whose values are "other".
  Sample& sample(const MetricSpec& spec, std::initializer_list<std::string_view> labels = {});
  // A gauge is read when the metrics are printed; one reading for each set of label values.
  void gauge(const MetricSpec& spec, std::function<double()> read) {
    gauge(spec, {}, std::move(read));
  }
  void gauge(const MetricSpec& spec, std::initializer_list<std::string_view> labels,
             std::function<double()> read);

  std::string print() const;

 private:
  struct Family {
    const MetricSpec* spec;
    std::map<std::vector<std::string>, std::unique_ptr<Sample>> samples;
    std::map<std::vector<std::string>, std::function<double()>> gauges;
  };
  mutable std::mutex mutex_;
  std::map<std::string_view, Family> families_;
};

// A sample found once and remembered, read without a lock. Any number of threads may look for it at
// the same time: they find the same one.
class SampleSlot {
 public:
  // `find() -> Sample&`: gives the same sample whenever it is called.
  template <class Find>
  Sample& get(Find&& find) {
    Sample* sample = sample_.load(std::memory_order_acquire);
    if (sample == nullptr) {
      sample = &std::forward<Find>(find)();
      sample_.store(sample, std::memory_order_release);
    }
    return *sample;
  }

 private:
  std::atomic<Sample*> sample_{nullptr};
};

}  // namespace layer::core
