#include "app/server_metrics.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "app/route.h"

namespace layer::app {
namespace {

using core::MetricKind;
using core::MetricSpec;

const MetricSpec kRequests{"layer_http_requests_total", MetricKind::kCounter,
                           "requests answered, by route and class of status", "route status"};
const MetricSpec kDuration{"layer_http_request_duration_seconds", MetricKind::kHistogram,
                           "time from the request's head to its answer", "route",
                           core::seconds_buckets()};
const MetricSpec kReceived{"layer_http_request_body_bytes_total", MetricKind::kCounter,
                           "bytes of request bodies, decompressed"};
const MetricSpec kSent{"layer_http_response_body_bytes_total", MetricKind::kCounter,
                       "bytes of response bodies as sent"};
constexpr std::array<std::string_view, 5> kClasses{"1xx", "2xx", "3xx", "4xx", "5xx"};

}  // namespace

ServerMetrics::ServerMetrics(core::Metrics& metrics)
    : metrics_(metrics), received_(metrics.sample(kReceived)), sent_(metrics.sample(kSent)) {
  for (std::size_t i = 0; i < route_count(); ++i) {
    PerRoute route{};
    for (std::size_t c = 0; c < kClasses.size(); ++c) {
      route.by_class[c] = &metrics.sample(kRequests, {route_name(i), kClasses[c]});
    }
    route.duration = &metrics.sample(kDuration, {route_name(i)});
    routes_.push_back(route);
  }
}

void ServerMetrics::count(std::size_t route, int status, double seconds, std::size_t bytes_in,
                          std::size_t bytes_out) {
  const auto status_class = static_cast<std::size_t>(std::clamp(status / 100, 1, 5) - 1);
  routes_[route].by_class[status_class]->add();
  routes_[route].duration->observe(seconds);
  received_.add(bytes_in);
  sent_.add(bytes_out);
}

double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  double pages = 0;
  double resident = 0;
  statm >> pages >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

}  // namespace layer::app
