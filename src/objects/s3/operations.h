// The operations of ObjectStore as calls of the S3 API. Thread safety: the session's loop only.
#pragma once

#include <optional>
#include <string>

#include "async/cpu_pool.h"
#include "objects/object_store.h"
#include "objects/s3/multipart.h"
#include "objects/s3/session.h"

namespace layer::objects::s3 {

class Operations {
 public:
  // All of it outlives the operations.
  Operations(Session& session, async::CpuPool& pool, S3Limits limits)
      : session_(session), pool_(pool), limits_(limits) {}

  async::Task<Result<std::string>> put(std::string key, std::string bytes, Condition condition);
  // nullopt: it still has `etag`, which may be empty.
  async::Task<Result<std::optional<Object>>> get(std::string key, std::string etag);
  async::Task<Result<std::string>> get_range(std::string key, std::uint64_t offset,
                                             std::uint64_t length);
  async::Task<Result<ObjectHead>> head(std::string key);
  async::Task<Result<void>> remove(std::string key);
  async::Task<Result<Listing>> list(std::string prefix, std::string after, std::size_t limit);

 private:
  // How the server reads the etag of If-Match on a PUT: Amazon wants it quoted, radosgw bare.
  enum class EtagForm { kUnknown, kQuoted, kBare };

  async::Task<Result<Answer>> send_put(const std::string& key, std::string_view bytes,
                                       const std::string& hash, const Condition& condition,
                                       const std::string& mark);
  async::Task<Result<Answer>> send_put_in_form(const std::string& key, std::string_view bytes,
                                               const std::string& hash, const Condition& condition,
                                               const std::string& mark);
  async::Task<Result<std::string>> put_whole(const std::string& key, std::string_view bytes,
                                             const Condition& condition);
  async::Task<Result<std::string>> put_in_parts(const std::string& key, std::string_view bytes);
  async::Task<Result<std::optional<std::string>>> etag_of_mark(const std::string& key,
                                                               const std::string& mark);
  async::Task<Result<Answer>> ask_head(const std::string& key);

  Session& session_;
  async::CpuPool& pool_;
  S3Limits limits_;
  EtagForm etag_form_ = EtagForm::kUnknown;
};

}  // namespace layer::objects::s3
