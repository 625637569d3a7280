// Values that resources only name, found in the environment or in files.
// Thread safety: values; a source is read from any thread. Blocks on a disk: call off the loops.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/secret.h"
#include "resources/kinds.h"

namespace layer::resources {

inline constexpr std::size_t kSecretBytesMax = 64 * 1024;

class SecretSource {
 public:
  virtual ~SecretSource() = default;
  // Errors: kNotFound (the message says where it was looked for), kInvalidArgument (found, but
  // empty, too long, or readable by others). Messages never hold a value.
  virtual Result<core::Secret> resolve(const SecretRef& ref) const = 0;
};

// LAYER_SECRET_<NAME>_<KEY>: upper case, every other character an underscore.
std::string secret_variable(const SecretRef& ref);

class EnvironmentSecrets final : public SecretSource {
 public:
  using Lookup = std::function<std::optional<std::string>(const std::string&)>;
  explicit EnvironmentSecrets(Lookup lookup) : lookup_(std::move(lookup)) {}
  Result<core::Secret> resolve(const SecretRef& ref) const override;

 private:
  Lookup lookup_;
};

// <directory>/<name>/<key>, one trailing line end cut. A file that others may read is refused.
class FileSecrets final : public SecretSource {
 public:
  explicit FileSecrets(std::filesystem::path directory) : directory_(std::move(directory)) {}
  Result<core::Secret> resolve(const SecretRef& ref) const override;

 private:
  std::filesystem::path directory_;
};

// The first source that knows the secret; a source that fails otherwise than by kNotFound ends it.
class ChainedSecrets final : public SecretSource {
 public:
  explicit ChainedSecrets(std::vector<std::unique_ptr<SecretSource>> sources)
      : sources_(std::move(sources)) {}
  Result<core::Secret> resolve(const SecretRef& ref) const override;

 private:
  std::vector<std::unique_ptr<SecretSource>> sources_;
};

// The environment of the process, then files below `resources_directory`/secrets (skipped when
// empty).
std::unique_ptr<SecretSource> process_secrets(const std::filesystem::path& resources_directory);

}  // namespace layer::resources
