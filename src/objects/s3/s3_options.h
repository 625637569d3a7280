// How a bucket is reached. Thread safety: values.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "async/task.h"
#include "objects/s3/credentials.h"

namespace layer::objects {

// An environment variable's value, as getenv gives it.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

struct S3Limits {
  int tries_max = 3;
  // A try gets this much, and a second for each kSlowestBytesPerSecond of its bodies.
  async::Duration try_time_max = std::chrono::seconds(10);
  // Before the second try, half of it to one and a half; four times that before the third.
  async::Duration retry_delay = std::chrono::milliseconds(100);
  std::uint64_t multipart_bytes_min = std::uint64_t{32}
                                      << 20;           // smaller objects go out in one piece
  std::uint64_t part_bytes = std::uint64_t{16} << 20;  // at least 5 MiB, the API's least
};
inline constexpr std::uint64_t kSlowestBytesPerSecond = std::uint64_t{1} << 20;

struct S3Options {
  std::string bucket{};
  std::string region = "us-east-1";
  // A base URL; empty: Amazon's for the region.
  std::string endpoint{};
  // The bucket in the path, or before the host's name. Unset: in the path where an endpoint is set
  // or the bucket's name has dots, which no certificate of Amazon's covers.
  std::optional<bool> path_style{};
  // Instead of looking for some.
  std::optional<s3::Credentials> credentials{};
  // Where credentials, their sources and AWS_CA_BUNDLE are looked for.
  Environment environment{};
  S3Limits limits{};
};

}  // namespace layer::objects
