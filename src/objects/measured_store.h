// A store whose operations are timed: layer_s3_op_duration_seconds{operation,status}, whatever the
// kind; and which remembers whether the last of them could be carried out.
// Thread safety: as ObjectStore; ok() anywhere. The inner store and the metrics outlive it.
#pragma once

#include <atomic>

#include "core/metrics.h"
#include "objects/object_store.h"

namespace layer::objects {

class MeasuredStore final : public ObjectStore {
 public:
  MeasuredStore(ObjectStore& inner, core::Metrics& metrics) : inner_(inner), metrics_(metrics) {}

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
  std::string_view kind() const override { return inner_.kind(); }

  // False when the last operation that ended found the store down or unusable.
  bool ok() const { return ok_.load(std::memory_order_relaxed); }

 private:
  template <class T>
  async::Task<Result<T>> timed(std::string_view operation, async::Task<Result<T>> work);

  ObjectStore& inner_;
  core::Metrics& metrics_;
  std::atomic<bool> ok_{true};
};

}  // namespace layer::objects
