// Where a bucket is and how a request for it is spelled and signed. Thread safety: immutable.
#pragma once

#include <string>
#include <string_view>

#include "http/client.h"
#include "objects/s3/encoding.h"
#include "objects/s3/s3_options.h"
#include "objects/s3/signature.h"

namespace layer::objects::s3 {

struct Operation {
  std::string method = "GET";
  std::string key{};  // empty: the bucket itself
  Query query{};
  http::Headers headers{};                                  // beside those that signing adds
  std::string_view body{};                                  // outlives the operation
  std::string payload_hash{};                               // of the body; empty: there is none
  std::uint64_t answer_bytes_max = std::uint64_t{1} << 20;  // of a 2xx answer; others are smaller
};

class Bucket {
 public:
  // Errors: kInvalidArgument (name, region, endpoint), in words for who configures it.
  static Result<Bucket> make(const S3Options& options);

  const http::Origin& origin() const { return origin_; }
  const std::string& name() const { return name_; }
  const std::string& region() const { return region_; }
  // Without body and limits of time. `wall_ms` is the server's idea of the time.
  http::ClientRequest request(const Operation& operation, const Credentials& credentials,
                              std::int64_t wall_ms) const;

 private:
  Bucket() = default;

  std::string name_;
  std::string region_;
  http::Origin origin_;
  std::string path_;  // before a key's '/'
};

}  // namespace layer::objects::s3
