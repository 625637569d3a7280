#include "objects/s3/bucket.h"

#include <algorithm>

#include <fmt/format.h>

#include "objects/s3/time_text.h"

namespace layer::objects::s3 {
namespace {

constexpr std::string_view kEmptyHash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr std::size_t kRegionBytesMax = 64;

bool is_bucket_name(std::string_view name) {
  return name.size() >= 3 && name.size() <= 255 && std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '-' || c == '_';
         });
}

bool is_region(std::string_view name) {
  return !name.empty() && name.size() <= kRegionBytesMax && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

std::string amazon_endpoint(std::string_view region) {
  const std::string_view china = region.starts_with("cn-") ? ".cn" : "";
  return fmt::format("https://s3.{}.amazonaws.com{}", region, china);
}

}  // namespace

Result<Bucket> Bucket::make(const S3Options& options) {
  if (!is_bucket_name(options.bucket)) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("'{}' is not the name of a bucket: give 3 to 255 of A-Z a-z 0-9 . - _",
                            options.bucket));
  }
  if (!is_region(options.region)) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("'{}' is not a region: write it like us-east-1", options.region));
  }
  LAYER_ASSIGN(const http::BaseUrl base,
               http::parse_base_url(options.endpoint.empty() ? amazon_endpoint(options.region)
                                                             : options.endpoint));
  Bucket bucket;
  bucket.name_ = options.bucket;
  bucket.region_ = options.region;
  bucket.origin_ = base.origin;
  bucket.path_ = base.prefix;
  const bool dotted = options.bucket.find('.') != std::string::npos;
  if (options.path_style.value_or(!options.endpoint.empty() || dotted)) {
    bucket.path_ += '/' + options.bucket;
  } else {
    bucket.origin_.host = options.bucket + '.' + base.origin.host;
  }
  return bucket;
}

http::ClientRequest Bucket::request(const Operation& operation, const Credentials& credentials,
                                    std::int64_t wall_ms) const {
  http::ClientRequest request;
  request.method = operation.method;
  const std::string path = operation.key.empty() ? (path_.empty() ? "/" : path_)
                                                 : path_ + '/' + encode_path(operation.key);
  const std::string query = encode_query(operation.query);
  request.target = query.empty() ? path : path + '?' + query;
  const std::string date = amz_date(wall_ms);
  const std::string_view hash =
      operation.payload_hash.empty() ? kEmptyHash : std::string_view(operation.payload_hash);
  request.headers = operation.headers;
  request.headers.add("x-amz-date", date);
  request.headers.add("x-amz-content-sha256", hash);
  if (!credentials.session_token.empty()) {
    request.headers.add("x-amz-security-token", credentials.session_token);
  }
  SignedRequest to_sign{.method = operation.method,
                        .path = path,
                        .query = query,
                        .headers = {{"host", origin_.authority()}},
                        .payload_hash = hash};
  for (std::size_t i = 0; i < request.headers.size(); ++i) {
    const auto [name, value] = request.headers[i];
    to_sign.headers.emplace_back(name, value);
  }
  request.headers.add(
      "authorization",
      authorization(to_sign, {.region = region_, .service = "s3", .amz_date = date}, credentials));
  return request;
}

}  // namespace layer::objects::s3
