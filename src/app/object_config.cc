#include "app/object_config.h"

#include <cstdlib>

#include <fmt/format.h>

#include "objects/prefixed_store.h"
#include "objects/s3/bucket.h"

namespace layer::app {
namespace {

// Read at start and, by sources of credentials, later; nothing in this process sets variables.
std::optional<std::string> variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

void read_s3(const core::OptionValues& values, objects::S3Options& s3, std::vector<Error>& faults) {
  s3.bucket = values.text("s3-bucket");
  s3.region = values.text("s3-region");
  s3.endpoint = values.text("s3-endpoint");
  s3.environment = variable;
  if (s3.bucket.empty()) {
    faults.push_back(
        {.code = ErrorCode::kInvalidArgument, .message = "--object-store: s3 needs --s3-bucket"});
    return;
  }
  const auto bucket = objects::s3::Bucket::make(s3);
  if (!bucket) {
    faults.push_back(
        {.code = ErrorCode::kInvalidArgument,
         .message = "--s3-bucket, --s3-region, --s3-endpoint: " + bucket.error().message});
  }
}

}  // namespace

std::string_view ObjectConfig::kind_name() const {
  switch (kind) {
    case Kind::kFile:
      return "file";
    case Kind::kS3:
      return "s3";
    case Kind::kOff:
      break;
  }
  return "off";
}

ObjectConfig read_object_config(const core::OptionValues& values, std::vector<Error>& faults) {
  ObjectConfig config;
  const std::string kind = values.text("object-store");
  if (kind == "s3" || (kind == "auto" && !values.text("s3-bucket").empty())) {
    config.kind = ObjectConfig::Kind::kS3;
    read_s3(values, config.s3, faults);
  } else if (kind == "off") {
    config.kind = ObjectConfig::Kind::kOff;
  }
  auto prefix = objects::folder_prefix(values.text("object-prefix"));
  if (prefix) {
    config.prefix = std::move(*prefix);
  } else {
    faults.push_back({.code = ErrorCode::kInvalidArgument,
                      .message = "--object-prefix: " + prefix.error().message});
  }
  return config;
}

}  // namespace layer::app
