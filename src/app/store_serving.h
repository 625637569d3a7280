// `layer store`: the embedded engine alone behind its own keys. Thread safety: as Serving.
#pragma once

#include "app/config.h"
#include "app/machine.h"
#include "app/process.h"
#include "app/serving.h"

namespace layer::app {

Started<std::unique_ptr<Serving>> open_store(const Config& config, Machine& machine,
                                             const OpenEngine& open_engine);

}  // namespace layer::app
