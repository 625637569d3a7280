#include "app/command_line.h"
#include "engine/engine.h"
#include "engine/storage/file_system.h"
#include "engine/storage/memory_file_system.h"

int main(int argc, char** argv) {
  namespace storage = layer::engine::storage;
  const auto files = storage::posix_file_system();
  storage::MemoryFileSystem memory;
  const layer::app::OpenEngine open_engine = [&](const layer::app::Config& config,
                                                 const std::filesystem::path& directory,
                                                 layer::core::Logger& log) {
    // Engines in memory share a file system, each in a directory of its own.
    static int in_memory = 0;
    const std::filesystem::path place =

        directory.empty() ? std::filesystem::path("memory-" + std::to_string(++in_memory))
                          : directory;
    return layer::engine::Engine::open(
        {.directory = place,
         .memory_segment_bytes_max = config.memory_segment_bytes_max,
         .maintenance_threads = config.maintenance_threads,
         .open_namespaces_max = config.open_namespaces_max,
         .logger = &log},
        directory.empty() ? static_cast<storage::FileSystem&>(memory) : *files);
  };
  return layer::app::run(argc, argv, open_engine);
}
