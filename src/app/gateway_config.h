// What `layer serve` and `layer up` take beyond what every server takes. Thread safety: values.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "core/options.h"
#include "gateway/auth/auth_policy.h"
#include "gateway/deadlines.h"
#include "resources/store_config.h"
#include "store/turbopuffer/remote_options.h"

namespace layer::app {

struct GatewayConfig {
  resources::StoreOptions stores;
  store::RemoteOptions remote;  // limits and repetition; name, address and credential are a store's
  gateway::AuthSetting auth = gateway::AuthSetting::kDeriveFromStore;
  bool allow_open = false;
  std::string keys_file;
  std::string cursor_key;
  std::string resources_dir;  // empty: none
  bool index_config = true;
  bool index_gc = false;
  bool stamp = true;
  bool hide_reserved = true;
  std::vector<std::string> cors_origins;
  gateway::Deadlines deadlines;
  std::size_t in_flight_max = 4096;
  std::uint64_t write_buffer_bytes = 0;
  std::chrono::milliseconds state_ttl{};
};

// `values` are those of serve or up, checked already; `serves` is true for serve. Adds what is
// wrong to `faults`.
GatewayConfig make_gateway_config(const core::OptionValues& values, bool serves,
                                  std::vector<Error>& faults);

}  // namespace layer::app
