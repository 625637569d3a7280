// Which object store a gateway has, from its options. Thread safety: values.
#pragma once

#include <string>
#include <vector>

#include "core/options.h"
#include "objects/s3/s3_options.h"

namespace layer::app {

struct ObjectConfig {
  enum class Kind : std::uint8_t { kFile, kS3, kOff };
  Kind kind = Kind::kFile;
  std::string prefix;  // "" or "folder/"
  objects::S3Options s3;

  std::string_view kind_name() const;
};

// Adds what is wrong to `faults`, in words that name the option.
ObjectConfig read_object_config(const core::OptionValues& values, std::vector<Error>& faults);

}  // namespace layer::app
