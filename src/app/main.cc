#include "app/command_line.h"
#include "engine/engine.h"
#include "engine/storage/file_system.h"

int main(int argc, char** argv) {
  const auto files = layer::engine::storage::posix_file_system();
  const layer::app::OpenEngine open_engine = [&](const layer::app::Config& config,
                                                 layer::core::Logger& log) {
    return layer::engine::Engine::open({.directory = config.data_dir,
                                        .memory_segment_bytes_max = config.memory_segment_bytes_max,
                                        .maintenance_threads = config.maintenance_threads,
                                        .open_namespaces_max = config.open_namespaces_max,
                                        .logger = &log},
                                       *files);
  };
  return layer::app::run(argc, argv, open_engine);
}
