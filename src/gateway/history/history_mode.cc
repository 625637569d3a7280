#include "gateway/history/history_mode.h"

namespace layer::gateway {

std::optional<HistoryPlace> history_place(const features::namespaces::RoutingTable& table,
                                          std::string_view ns,
                                          const features::capture::HistoryHeaders& headers) {
  if (headers.opted_out) {
    return std::nullopt;
  }
  const auto route = table.find(ns);
  if (!route) {
    return std::nullopt;
  }
  using Mode = resources::IndexSpec::History;
  const resources::IndexSpec& settings = features::namespaces::settings(*route);
  if (settings.history == Mode::kOff || (settings.history == Mode::kTagged && !headers.any)) {
    return std::nullopt;
  }
  return HistoryPlace{.logical = std::string(route->logical), .reads_stable = settings.stable};
}

}  // namespace layer::gateway
