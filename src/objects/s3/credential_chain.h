// The order in which credentials are looked for: given ones, environment, web identity, shared
// file, container, instance. The first source that is set up here decides. Thread safety: one loop.
#pragma once

#include <memory>
#include <vector>

#include "async/cpu_pool.h"
#include "http/client.h"
#include "objects/s3/credentials.h"
#include "objects/s3/s3_options.h"

namespace layer::objects::s3 {

class CredentialChain final : public CredentialsSource {
 public:
  explicit CredentialChain(std::vector<std::unique_ptr<CredentialsSource>> sources)
      : sources_(std::move(sources)) {}
  // Errors: the deciding source's, with its name.
  async::Task<Result<std::optional<Credentials>>> fetch() override;
  std::string_view name() const override { return "chain"; }

 private:
  std::vector<std::unique_ptr<CredentialsSource>> sources_;
};

// `options`, `client` and `pool` outlive the chain.
std::unique_ptr<CredentialsSource> make_credential_chain(const S3Options& options,
                                                         http::Client& client,
                                                         async::CpuPool& pool);

}  // namespace layer::objects::s3
