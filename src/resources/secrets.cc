#include "resources/secrets.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "resources/names.h"

namespace layer::resources {
namespace {

class File {
 public:
  explicit File(const std::filesystem::path& path)
      : handle_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~File() {
    if (handle_ >= 0) {
      ::close(handle_);
    }
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int handle() const { return handle_; }

 private:
  int handle_;
};

Result<core::Secret> checked(std::string value, std::string_view where) {
  if (value.empty()) {
    return fail(ErrorCode::kInvalidArgument, fmt::format("{} is empty", where));
  }
  if (value.size() > kSecretBytesMax) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("{} is larger than {} bytes", where, kSecretBytesMax));
  }
  return core::Secret(std::move(value));
}

}  // namespace

std::string secret_variable(const SecretRef& ref) {
  std::string text = "LAYER_SECRET_" + ref.name + "_" + ref.key;
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') {
      c = static_cast<char>(c - 'a' + 'A');
    } else if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9')) {
      c = '_';
    }
  }
  return text;
}

Result<core::Secret> EnvironmentSecrets::resolve(const SecretRef& ref) const {
  const std::string variable = secret_variable(ref);
  auto value = lookup_(variable);
  if (!value) {
    return fail(ErrorCode::kNotFound, fmt::format("{} is not set", variable));
  }
  return checked(std::move(*value), variable);
}

Result<core::Secret> FileSecrets::resolve(const SecretRef& ref) const {
  if (!is_object_name(ref.name) || !is_secret_key(ref.key)) {
    return fail(ErrorCode::kInvalidArgument, "the secret's name or key is not a valid one");
  }
  const auto path = directory_ / ref.name / ref.key;
  const File file(path);
  if (file.handle() < 0) {
    const bool absent = errno == ENOENT || errno == ENOTDIR;
    return fail(absent ? ErrorCode::kNotFound : ErrorCode::kInvalidArgument,
                absent ? fmt::format("{} is not there", path.string())
                       : fmt::format("cannot read {}: {}", path.string(), std::strerror(errno)));
  }
  struct stat status{};
  if (::fstat(file.handle(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return fail(ErrorCode::kInvalidArgument, fmt::format("{} is not a file", path.string()));
  }
  if ((status.st_mode & (S_IROTH | S_IWOTH)) != 0) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("others may read or write {}: chmod it to 0600", path.string()));
  }
  std::string value;
  std::array<char, 4096> buffer;
  for (ssize_t got = 0; (got = ::read(file.handle(), buffer.data(), buffer.size())) != 0;) {
    if (got < 0) {
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("cannot read {}: {}", path.string(), std::strerror(errno)));
    }
    value.append(buffer.data(), static_cast<std::size_t>(got));
    if (value.size() > kSecretBytesMax + 1) {
      break;
    }
  }
  if (value.ends_with('\n')) {
    value.pop_back();
  }
  return checked(std::move(value), path.string());
}

Result<core::Secret> ChainedSecrets::resolve(const SecretRef& ref) const {
  std::string looked;
  for (const auto& source : sources_) {
    auto secret = source->resolve(ref);
    if (secret || secret.error().code != ErrorCode::kNotFound) {
      return secret;
    }
    looked += looked.empty() ? "" : " and ";
    looked += secret.error().message;
  }
  return fail(ErrorCode::kNotFound,
              fmt::format("secret {}/{} was not found: {}", ref.name, ref.key, looked));
}

std::unique_ptr<SecretSource> process_secrets(const std::filesystem::path& resources_directory) {
  std::vector<std::unique_ptr<SecretSource>> sources;
  sources.push_back(std::make_unique<EnvironmentSecrets>(
      [](const std::string& variable) -> std::optional<std::string> {
        const char* value = std::getenv(variable.c_str());
        return value == nullptr ? std::nullopt : std::optional<std::string>(value);
      }));
  if (!resources_directory.empty()) {
    sources.push_back(std::make_unique<FileSecrets>(resources_directory / "secrets"));
  }
  return std::make_unique<ChainedSecrets>(std::move(sources));
}

}  // namespace layer::resources
