// Objects in a directory: the default, and what several gateways on one machine may share. Calls
// run on a pool, never on a loop. The layout of the files: object_files.h.
// Thread safety: as ObjectStore. The pool outlives the store.
#pragma once

#include <filesystem>
#include <memory>
#include <type_traits>

#include "async/cpu_pool.h"
#include "objects/object_files.h"
#include "objects/object_store.h"

namespace layer::objects {

class DirectoryStore final : public ObjectStore {
 public:
  // Makes the directory if need be. Blocks: call it at start. Errors: kIo.
  static Result<std::unique_ptr<DirectoryStore>> open(const std::filesystem::path& root,
                                                      async::CpuPool& pool);

  async::Task<Result<std::string>> put(std::string key, std::string bytes,
                                       Condition condition) override;
  async::Task<Result<Object>> get(std::string key) override;
  async::Task<Result<std::optional<Object>>> get_if_changed(std::string key,
                                                            std::string etag) override;
  async::Task<Result<std::string>> get_range(std::string key, std::uint64_t offset,
                                             std::uint64_t length) override;
  async::Task<Result<ObjectHead>> head(std::string key) override;
  async::Task<Result<void>> remove(std::string key) override;
  async::Task<Result<Listing>> list(std::string prefix, std::string after,
                                    std::size_t limit) override;
  std::string_view kind() const override { return "file"; }

 private:
  DirectoryStore(ObjectFiles files, async::CpuPool& pool) : files_(std::move(files)), pool_(pool) {}

  // Runs `work`, which gives a Result, on the pool.
  template <class F>
  async::Task<std::invoke_result_t<F&>> on_pool(F work) {
    auto done = co_await pool_.run(std::move(work));
    if (!done) {
      co_return std::unexpected(not_run(std::move(done).error()));
    }
    co_return std::move(*done);
  }
  static Error not_run(Error error);

  ObjectFiles files_;
  async::CpuPool& pool_;
};

}  // namespace layer::objects
