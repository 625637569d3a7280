// Objects in a bucket of an S3-compatible server (Amazon S3, Ceph's radosgw, ...). The bucket is
// there already; its server checks If-None-Match and If-Match on PUT (probe.h finds out).
//
// Runs on a loop of its own. An operation is tried up to three times, each try bounded by
// S3Limits, so it ends whatever the server does. A conditional put whose first answer was lost is
// told from one that lost the race (see README.md), except where its mark cannot be read: then it
// is kUnavailable.
//
// Beyond ObjectStore's errors: kIo with the field "reason" = "region" when the bucket is elsewhere.
// Memory: the object's bytes, once. Credentials are never part of an error or a log line.
// Thread safety: as ObjectStore. Calls end before the store goes. The pool and clock outlive it.
#pragma once

#include <memory>

#include "async/cpu_pool.h"
#include "core/clock.h"
#include "objects/object_store.h"
#include "objects/s3/s3_options.h"

namespace layer::objects {

class S3Store final : public ObjectStore {
 public:
  // Makes no call. Errors: kInvalidArgument (bucket, region, endpoint, authorities' file).
  static Result<std::unique_ptr<S3Store>> open(S3Options options, async::CpuPool& pool,
                                               const core::Clock& clock);
  ~S3Store() override;

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
  std::string_view kind() const override { return "s3"; }

 private:
  class Impl;
  explicit S3Store(std::unique_ptr<Impl> impl);

  // Awaits `work` on the store's own loop; a cancellation of the caller reaches it.
  template <class T>
  async::Task<Result<T>> over_there(async::Task<Result<T>> work);

  std::unique_ptr<Impl> impl_;
};

}  // namespace layer::objects
