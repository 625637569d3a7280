// The life of a server process: open what it serves, listen, say so, serve until told to stop,
// drain.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "app/config.h"
#include "core/log.h"
#include "engine/engine.h"

namespace layer::app {

// Opens the engine in a directory; in memory when it is empty. The engine may log through the given
// logger, which outlives it.
using OpenEngine = std::function<Result<std::unique_ptr<engine::Engine>>(
    const Config&, const std::filesystem::path& directory, core::Logger&)>;

// Returns the exit code: 0 after an orderly stop, 1 when it could not start or ended in a hurry, 2
// when the configuration is at fault. Prints one line of JSON on standard output once it serves:
//   {"event":"ready","url":"http://127.0.0.1:8080","port":8080,"admin_url":...,"pid":...}
int run_server(Role role, const Config& config, const OpenEngine& open_engine);

}  // namespace layer::app
