// A large object sent in parts, one after the other: memory is the object's alone, and a part that
// fails is repeated alone. What was begun and not finished is aborted.
// Thread safety: the session's loop only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "async/cpu_pool.h"
#include "objects/s3/session.h"

namespace layer::objects::s3 {

// Hex SHA-256 of `bytes`, on the pool when it takes long. Errors: kUnavailable (too much work
// waits), kCancelled.
async::Task<Result<std::string>> payload_hash(async::CpuPool& pool, std::string_view bytes);

struct Upload {
  std::string key;
  std::string_view bytes;  // outlives the upload
  http::Headers headers;   // of the object
  std::uint64_t part_bytes;
};

// The answer to the completion: 200 with a CompleteMultipartUploadResult, or one that a caller must
// judge by Answer::repeated. Errors: those of Session::expect_ok.
async::Task<Result<Answer>> upload_in_parts(Session& session, async::CpuPool& pool, Upload upload);

// The etag that a completion's answer names, without quotes; radosgw leaves it empty. nullopt: the
// answer is no success.
std::optional<std::string> completed_etag(const Answer& answer);

}  // namespace layer::objects::s3
