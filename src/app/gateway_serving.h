// `layer serve` and `layer up`: the gateway and everything behind it. Thread safety: as Serving.
#pragma once

#include "app/config.h"
#include "app/machine.h"
#include "app/process.h"
#include "app/serving.h"

namespace layer::app {

// Reads resources, opens stores, learns keys. Exit code 2 when the configuration is at fault, with
// every fault; 1 when something cannot be opened.
Started<std::unique_ptr<Serving>> open_gateway(Role role, const Config& config, Machine& machine,
                                               const OpenEngine& open_engine);

}  // namespace layer::app
