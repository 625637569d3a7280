// Manifests of documents in the object store, one object a revision (rule PL2 of the contract):
// pipelines/{id}/documents/{first 32 hex of SHA-256(document)}/{revision}.json.zst.
// Thread safety: any loop, concurrently. Cost: packing on the pool.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "async/cpu_pool.h"
#include "core/clock.h"
#include "features/pipelines/chunk.h"
#include "objects/object_store.h"

namespace layer::features::pipelines {

inline constexpr std::chrono::hours kOldRevisionsKeptFor{1};

class ChunkStore {
 public:
  // All of it outlives the store.
  struct Parts {
    objects::ObjectStore& objects;
    async::CpuPool& pool;
    const core::Clock& clock;
  };
  explicit ChunkStore(Parts parts) : parts_(parts) {}

  // Puts the manifest under the first free revision from `revision` on and answers which. Errors:
  // kServiceUnavailable after some tries.
  async::Task<Result<std::uint64_t>> put(std::string pipeline, std::string document,
                                         std::uint64_t revision, std::vector<Chunk> chunks);
  // Errors: kNotFound, kCorrupt, those of ObjectStore.
  async::Task<Result<std::vector<Chunk>>> get(std::string pipeline, std::string document,
                                              std::uint64_t revision);
  // Removes revisions before `revision` that are older than kOldRevisionsKeptFor: a worker may
  // still read the one it claimed. What fails stays until the next time.
  async::Task<> forget_old(std::string pipeline, std::string document, std::uint64_t revision);
  // All documents of a pipeline. Errors: those of ObjectStore.
  async::Task<Result<void>> remove(std::string pipeline);

 private:
  Parts parts_;
};

}  // namespace layer::features::pipelines
