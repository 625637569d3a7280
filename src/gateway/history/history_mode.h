// Whether history is kept of a namespace (rule HI1 of the contract). Thread safety: pure functions
// of a table that is swapped whole. Cost: one or two hash look-ups.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "features/capture/history_headers.h"
#include "features/namespaces/routing.h"

namespace layer::gateway {

struct HistoryPlace {
  std::string logical;  // the name its history is kept under
  bool reads_stable = false;
};
// Where what a request with such headers asks of `ns` is kept; nullopt: nowhere.
std::optional<HistoryPlace> history_place(const features::namespaces::RoutingTable& table,
                                          std::string_view ns,
                                          const features::capture::HistoryHeaders& headers);

}  // namespace layer::gateway
