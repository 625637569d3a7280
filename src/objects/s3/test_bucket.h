// The bucket of a real server that tests/objects has started and told of by environment variables.
// Thread safety: one test.
#pragma once

#include <cstdlib>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "objects/s3/s3_store.h"

namespace layer::objects::s3 {

inline std::optional<std::string> process_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

class TestBucket {
 public:
  static bool given() { return process_environment("LAYER_TEST_S3").has_value(); }

  explicit TestBucket(S3Limits limits = {}) {
    S3Options options;
    options.bucket = process_environment("S3_BUCKET").value_or("");
    options.region = process_environment("S3_REGION").value_or("");
    options.endpoint = process_environment("S3_ENDPOINT").value_or("");
    options.environment = process_environment;
    options.limits = limits;
    auto opened = S3Store::open(std::move(options), pool_, clock_);
    if (!opened) {
      throw std::runtime_error(opened.error().message);
    }
    store_ = std::move(*opened);
  }
  S3Store& store() { return *store_; }

 private:
  core::SystemClock clock_;
  async::CpuPool pool_{{.name = "s3"}};
  std::unique_ptr<S3Store> store_;
};

}  // namespace layer::objects::s3
