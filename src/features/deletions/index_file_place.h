// "index_resource": the Index of a deleted namespace goes with it where resources are files of a
// directory (--index-gc). A file that holds the Index alone is removed; one that holds other
// objects, is a link or cannot be removed is left, and the receipt says what to do by hand. A file
// written after the delete belongs to the namespace's successor.
// Thread safety: as PurgePlace. Cost: one look at a file on the pool.
#pragma once

#include <filesystem>
#include <utility>

#include "async/cpu_pool.h"
#include "features/deletions/purge_place.h"
#include "resources/source.h"

namespace layer::features::deletions {

class IndexFilePlace final : public PurgePlace {
 public:
  // What is referred to outlives the place. `directory` is the one the source reads.
  struct Parts {
    std::filesystem::path directory;
    const resources::ResourceSource& source;
    async::CpuPool& disk_pool;
  };
  explicit IndexFilePlace(Parts parts) : parts_(std::move(parts)) {}

  std::string_view name() const override { return "index_resource"; }
  async::Task<Result<Purged>> purge(PurgeIntent intent) override;

 private:
  Result<Purged> remove_file(const PurgeIntent& intent) const;

  Parts parts_;
};

}  // namespace layer::features::deletions
