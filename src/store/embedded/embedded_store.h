// The engine in this process as a store: requests run on a pool named "engine", never on a loop.
// Thread safety: as VectorStore. The engine outlives the store; the pool outlives the requests.
#pragma once

#include <cstddef>

#include "async/cpu_pool.h"
#include "core/log.h"
#include "engine/engine.h"
#include "store/vector_store.h"

namespace layer::store {

class EmbeddedStore final : public VectorStore {
 public:
  EmbeddedStore(engine::Engine& engine, async::CpuPool& pool, core::Logger& log)
      : engine_(engine), pool_(pool), log_(log) {}

  async::Task<wire::Response> handle(wire::Request request) override;
  std::string_view kind() const override { return "embedded"; }

 private:
  engine::Engine& engine_;
  async::CpuPool& pool_;
  core::Logger& log_;
};

// The answer of the wire to a failure nobody expected.
wire::Response unknown_error();
// The answer when the queue is full: 429, retry-after-ms.
wire::Response busy();

}  // namespace layer::store
