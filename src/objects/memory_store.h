// Objects in memory, gone with the process: for tests, and the model the other kinds are compared
// with. Thread safety: as ObjectStore. The clock outlives it.
#pragma once

#include <map>
#include <mutex>

#include "core/clock.h"
#include "objects/object_store.h"

namespace layer::objects {

class MemoryStore final : public ObjectStore {
 public:
  explicit MemoryStore(const core::Clock& clock) : clock_(clock) {}

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
  std::string_view kind() const override { return "memory"; }

 private:
  struct Entry {
    std::string bytes;
    std::string etag;
    std::int64_t modified_ms = 0;
  };
  Result<Entry> find(const std::string& key) const;

  const core::Clock& clock_;
  mutable std::mutex mutex_;
  std::uint64_t next_etag_ = 1;
  std::map<std::string, Entry> entries_;  // std::string compares bytes as unsigned
};

}  // namespace layer::objects
