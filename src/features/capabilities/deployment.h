// What this version of the gateway adds to a store, and what it does not have yet. One table: a
// feature that gets built changes its row here. Thread safety: constant data.
#pragma once

#include <string_view>

#include "store/capabilities.h"

namespace layer::features::capabilities {

struct Deployment {
  // kUndeclared: the feature is the store's alone. Otherwise the gateway has a part in it, and
  // nothing is better supported than both.
  store::Capabilities features{};
  bool hybrid_text = false;              // rank_by HybridText is served
  std::size_t embed_attributes_max = 0;  // a namespace may have, served by the gateway
};

// The binary as it is built.
const Deployment& this_deployment();

}  // namespace layer::features::capabilities
