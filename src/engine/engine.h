// The embedded engine: a turbopuffer-compatible store without a socket. One directory holds all its
// namespaces; they are opened when first used. A request goes in, a response comes out.
// Thread safety: handle() from many threads. It blocks on CPU and disk: call it on a pool, never on
// an event loop.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "core/error.h"
#include "core/log.h"
#include "engine/storage/file_system.h"
#include "wire/exchange.h"

namespace layer::engine {

struct Options {
  std::filesystem::path directory;
  std::uint64_t memory_segment_bytes_max = 64ULL
                                           << 20;  // recent writes of one namespace before a flush
  std::uint32_t maintenance_threads = 1;           // flush and compaction
  std::uint32_t open_namespaces_max = 1024;        // idle ones beyond are closed
  bool sync = true;                                // false: no fsync (tests of speed only)
  core::Logger* logger = nullptr;                  // of maintenance that fails; outlives the engine
};

class Engine {
 public:
  // Takes the directory's lock. Errors: kIo, kConflict when another process holds it.
  static Result<std::unique_ptr<Engine>> open(Options options, storage::FileSystem& files);
  virtual ~Engine() = default;

  // Takes the request, so that a body of hundreds of megabytes is parsed where it lies. Never
  // throws: what goes wrong is a response.
  virtual wire::Response handle(wire::Request request) = 0;
  // Finishes running maintenance, flushes nothing that is not needed (the log has it), closes
  // files.
  virtual void stop() = 0;
};

}  // namespace layer::engine
