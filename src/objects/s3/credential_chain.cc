#include "objects/s3/credential_chain.h"

#include <fmt/format.h>

#include "objects/s3/credential_sources.h"

namespace layer::objects::s3 {

async::Task<Result<std::optional<Credentials>>> CredentialChain::fetch() {
  for (const auto& source : sources_) {
    auto got = co_await source->fetch();
    if (!got) {
      if (got.error().code != ErrorCode::kCancelled) {
        got.error().message =
            fmt::format("credentials from the {}: {}", source->name(), got.error().message);
      }
      co_return std::unexpected(std::move(got).error());
    }
    if (*got) {
      co_return got;
    }
  }
  co_return std::nullopt;
}

std::unique_ptr<CredentialsSource> make_credential_chain(const S3Options& options,
                                                         http::Client& client,
                                                         async::CpuPool& pool) {
  std::vector<std::unique_ptr<CredentialsSource>> sources;
  if (options.credentials) {
    sources.push_back(std::make_unique<GivenCredentials>(*options.credentials));
  } else if (options.environment) {
    const SourceParts parts{.environment = options.environment,
                            .region = options.region,
                            .client = client,
                            .pool = pool};
    sources.push_back(std::make_unique<EnvironmentCredentials>(parts));
    sources.push_back(std::make_unique<WebIdentity>(parts));
    sources.push_back(std::make_unique<SharedFile>(parts));
    sources.push_back(std::make_unique<ContainerCredentials>(parts));
    sources.push_back(std::make_unique<InstanceMetadata>(parts));
  }
  return std::make_unique<CredentialChain>(std::move(sources));
}

}  // namespace layer::objects::s3
