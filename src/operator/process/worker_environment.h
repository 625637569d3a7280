// What a worker finds in its environment (section 6.10 of the contract): where the gateway is, what
// to work on, how. Thread safety: pure functions, but inherited_environment(), which reads that of
// the process.
#pragma once

#include <string>
#include <vector>

#include "resources/kinds.h"

namespace layer::workers {

using Environment = std::vector<std::string>;  // "NAME=value"

// Where workers are told that the gateway is, and what opens it.
struct GatewayAccess {
  std::string url;
  std::string key;  // never log it
};

// PATH, HOME, LANG and TZ, those that are set; PATH always.
Environment inherited_environment();
Environment worker_environment(const resources::PipelineSpec& spec, const GatewayAccess& access);
Environment worker_environment(const std::string& function, const resources::FunctionSpec& spec,
                               const GatewayAccess& access);

}  // namespace layer::workers
