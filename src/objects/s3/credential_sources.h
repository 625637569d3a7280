// Where credentials come from, each as the tools of Amazon's look for it, by the same variables.
// What answers over the network is asked with limits of a few seconds and 64 KiB; files are read on
// the pool. Thread safety: one loop.
#pragma once

#include <string>
#include <string_view>

#include "async/cpu_pool.h"
#include "http/client.h"
#include "objects/s3/credentials.h"
#include "objects/s3/s3_options.h"

namespace layer::objects::s3 {

// All of it outlives the sources.
struct SourceParts {
  const Environment& environment;
  const std::string& region;
  http::Client& client;
  async::CpuPool& pool;

  std::string variable(const std::string& name) const { return environment(name).value_or(""); }
};

class GivenCredentials final : public CredentialsSource {
 public:
  explicit GivenCredentials(Credentials given) : given_(std::move(given)) {}
  async::Task<Result<std::optional<Credentials>>> fetch() override { co_return given_; }
  std::string_view name() const override { return "options"; }

 private:
  Credentials given_;
};

// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN.
class EnvironmentCredentials final : public CredentialsSource {
 public:
  explicit EnvironmentCredentials(SourceParts parts) : parts_(parts) {}
  async::Task<Result<std::optional<Credentials>>> fetch() override;
  std::string_view name() const override { return "environment"; }

 private:
  SourceParts parts_;
};

// AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN: the token, read anew each time, is exchanged with
// AssumeRoleWithWebIdentity. AWS_ROLE_SESSION_NAME, AWS_ENDPOINT_URL_STS.
class WebIdentity final : public CredentialsSource {
 public:
  explicit WebIdentity(SourceParts parts) : parts_(parts) {}
  async::Task<Result<std::optional<Credentials>>> fetch() override;
  std::string_view name() const override { return "web identity"; }

 private:
  SourceParts parts_;
};

// AWS_SHARED_CREDENTIALS_FILE (else ~/.aws/credentials), AWS_PROFILE (else "default").
class SharedFile final : public CredentialsSource {
 public:
  explicit SharedFile(SourceParts parts) : parts_(parts) {}
  async::Task<Result<std::optional<Credentials>>> fetch() override;
  std::string_view name() const override { return "shared credentials file"; }

 private:
  SourceParts parts_;
};

// AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI, with AWS_CONTAINER_AUTHORIZATION_TOKEN or
// _TOKEN_FILE. A plain-text URI is asked on loopback and link-local addresses only.
class ContainerCredentials final : public CredentialsSource {
 public:
  explicit ContainerCredentials(SourceParts parts) : parts_(parts) {}
  async::Task<Result<std::optional<Credentials>>> fetch() override;
  std::string_view name() const override { return "container"; }

 private:
  SourceParts parts_;
};

// The role of the machine, with version 2 of its protocol. AWS_EC2_METADATA_DISABLED,
// AWS_EC2_METADATA_SERVICE_ENDPOINT. A machine without the service is a source that is not set up.
class InstanceMetadata final : public CredentialsSource {
 public:
  explicit InstanceMetadata(SourceParts parts) : parts_(parts) {}
  async::Task<Result<std::optional<Credentials>>> fetch() override;
  std::string_view name() const override { return "instance metadata"; }

 private:
  SourceParts parts_;
};

// {"AccessKeyId","SecretAccessKey","Token","Expiration"}, of container and instance.
// Errors: kIo.
Result<Credentials> read_credentials_json(std::string text);
// Of an AssumeRoleWithWebIdentityResponse. Errors: kIo.
Result<Credentials> read_assumed_role(std::string_view xml);

}  // namespace layer::objects::s3
