#include "core/metrics.h"

#include <array>
#include <cmath>

#include <fmt/format.h>

#include "core/options.h"
#include "core/text.h"

namespace layer::core {
namespace {

constexpr std::size_t kLabelSetsMax = 16'384;
constexpr double kNano = 1e9;

std::string label_text(const MetricSpec& spec, const std::vector<std::string>& values,
                       std::string_view extra = {}) {
  std::string text;
  const auto names = split_words(spec.labels);
  for (std::size_t i = 0; i < names.size(); ++i) {
    fmt::format_to(std::back_inserter(text), "{}{}={}", text.empty() ? "" : ",", names[i],
                   json_string(values[i]));
  }
  if (!extra.empty()) {
    text += text.empty() ? "" : ",";
    text += extra;
  }
  return text.empty() ? text : "{" + text + "}";
}

std::string_view kind_name(MetricKind kind) {
  constexpr std::array<std::string_view, 3> kNames{"counter", "gauge", "histogram"};
  return kNames[static_cast<std::size_t>(kind)];
}

}  // namespace

std::span<const double> seconds_buckets() {
  static constexpr std::array kBounds{.0005, .001, .0025, .005, .01, .025, .05,
                                      .1,    .25,  .5,    1.0,  2.5, 5.0,  10.0};
  return kBounds;
}

Sample::Sample(std::span<const double> bounds) : bounds_(bounds), buckets_(bounds.size()) {}

void Sample::observe(double value) {
  value_.fetch_add(1, std::memory_order_relaxed);
  sum_nano_.fetch_add(static_cast<std::uint64_t>(std::llround(value * kNano)),
                      std::memory_order_relaxed);
  for (std::size_t i = 0; i < bounds_.size(); ++i) {
    if (value <= bounds_[i]) {
      buckets_[i].fetch_add(1, std::memory_order_relaxed);
      break;
    }
  }
}

Sample& Metrics::sample(const MetricSpec& spec, std::initializer_list<std::string_view> labels) {
  std::vector<std::string> key(labels.begin(), labels.end());
  const std::lock_guard lock(mutex_);
  Family& family = families_[spec.name];
  family.spec = &spec;
  if (!family.samples.contains(key) && family.samples.size() >= kLabelSetsMax) {
    key.assign(key.size(), "other");
  }
  auto& slot = family.samples[key];
  if (!slot) {
    slot = std::make_unique<Sample>(spec.buckets);
  }
  return *slot;
}

void Metrics::gauge(const MetricSpec& spec, std::initializer_list<std::string_view> labels,
                    std::function<double()> read) {
  const std::lock_guard lock(mutex_);
  Family& family = families_[spec.name];
  family.spec = &spec;
  family.gauges.insert_or_assign(std::vector<std::string>(labels.begin(), labels.end()),
                                 std::move(read));
}

std::string Metrics::print() const {
  std::string out;
  const auto line = std::back_inserter(out);
  const std::lock_guard lock(mutex_);
  for (const auto& [name, family] : families_) {
    const MetricSpec& spec = *family.spec;
    fmt::format_to(line, "# HELP {} {}\n# TYPE {} {}\n", name, spec.help, name,
                   kind_name(spec.kind));
    for (const auto& [values, read] : family.gauges) {
      fmt::format_to(line, "{}{} {}\n", name, label_text(spec, values), read());
    }
    for (const auto& [values, sample] : family.samples) {
      if (spec.kind != MetricKind::kHistogram) {
        if (const auto nano = sample->sum_nano_.load(std::memory_order_relaxed); nano > 0) {
          fmt::format_to(line, "{}{} {}\n", name, label_text(spec, values),
                         static_cast<double>(nano) / kNano);
          continue;
        }
        fmt::format_to(line, "{}{} {}\n", name, label_text(spec, values), sample->value());
        continue;
      }
      std::uint64_t below = 0;
      for (std::size_t i = 0; i < spec.buckets.size(); ++i) {
        below += sample->buckets_[i].load(std::memory_order_relaxed);
        fmt::format_to(line, "{}_bucket{} {}\n", name,
                       label_text(spec, values, fmt::format("le=\"{}\"", spec.buckets[i])), below);
      }
      fmt::format_to(line, "{}_bucket{} {}\n", name, label_text(spec, values, "le=\"+Inf\""),
                     sample->value());
      const double sum = static_cast<double>(sample->sum_nano_.load(std::memory_order_relaxed));
      fmt::format_to(line, "{}_sum{} {}\n{}_count{} {}\n", name, label_text(spec, values),
                     sum / kNano, name, label_text(spec, values), sample->value());
    }
  }
  return out;
}

}  // namespace layer::core
