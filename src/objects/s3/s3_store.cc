#include "objects/s3/s3_store.h"

#include <boost/asio/co_spawn.hpp>

#include "async/loops.h"
#include "objects/failures.h"
#include "objects/s3/credential_chain.h"
#include "objects/s3/operations.h"

namespace layer::objects {
namespace {

using async::asio::this_coro::throw_if_cancelled;

http::ClientOptions client_options(const S3Limits& limits, http::TlsContext tls) {
  http::ClientOptions options;
  options.progress_time_max = limits.try_time_max;
  options.idle_time_max = std::chrono::seconds(15);  // servers close sooner than they say
  options.connections_max = 64;
  options.tls = std::move(tls);
  return options;
}

// A cancelled operation ends with a value, never with an exception.
template <class T>
async::Task<Result<T>> quietly(async::Task<Result<T>> work) {
  co_await throw_if_cancelled(false);
  co_return co_await std::move(work);
}

}  // namespace

class S3Store::Impl {
 public:
  Impl(S3Options options, s3::Bucket bucket, http::TlsContext tls, async::CpuPool& pool,
       const core::Clock& clock)
      : options_(std::move(options)),
        bucket_(std::move(bucket)),
        client_(std::make_unique<http::Client>(loops_.at(0),
                                               client_options(options_.limits, std::move(tls)))),
        chain_(s3::make_credential_chain(options_, *client_, pool)),
        credentials_(*chain_, clock),
        session_(
            {.bucket = bucket_, .client = *client_, .credentials = credentials_, .clock = clock},
            options_.limits),
        operations_(session_, pool, options_.limits) {}
  // The loop's thread ends before what it works on.
  ~Impl() { loops_.stop(); }

  async::Loop& loop() { return loops_.at(0); }
  s3::Operations& operations() { return operations_; }

 private:
  async::Loops loops_{1, "s3"};
  S3Options options_;
  s3::Bucket bucket_;
  std::unique_ptr<http::Client> client_;
  std::unique_ptr<s3::CredentialsSource> chain_;
  s3::CredentialsCache credentials_;
  s3::Session session_;
  s3::Operations operations_;
};

S3Store::S3Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
S3Store::~S3Store() = default;

Result<std::unique_ptr<S3Store>> S3Store::open(S3Options options, async::CpuPool& pool,
                                               const core::Clock& clock) {
  LAYER_ASSIGN(s3::Bucket bucket, s3::Bucket::make(options));
  std::string authorities;
  if (options.environment) {
    authorities = options.environment("AWS_CA_BUNDLE").value_or("");
  }
  // For sources of credentials too, whatever the bucket's scheme.
  LAYER_ASSIGN(http::TlsContext tls, http::make_client_tls(authorities));
  return std::unique_ptr<S3Store>(new S3Store(
      std::make_unique<Impl>(std::move(options), std::move(bucket), std::move(tls), pool, clock)));
}

template <class T>
async::Task<Result<T>> S3Store::over_there(async::Task<Result<T>> work) {
  auto [failed, result] = co_await async::asio::co_spawn(impl_->loop().get_executor(),
                                                         quietly(std::move(work)), async::kToken);
  if (failed) {
    std::rethrow_exception(failed);
  }
  co_return std::move(result);
}

async::Task<Result<std::string>> S3Store::put(std::string key, std::string bytes,
                                              Condition condition) {
  LAYER_CO_TRY(check_put(key, bytes.size()));
  co_return co_await over_there(
      impl_->operations().put(std::move(key), std::move(bytes), std::move(condition)));
}

async::Task<Result<Object>> S3Store::get(std::string key) {
  LAYER_CO_TRY(check_key(key));
  LAYER_CO_ASSIGN(auto object, co_await over_there(impl_->operations().get(std::move(key), {})));
  co_return std::move(*object);
}

async::Task<Result<std::optional<Object>>> S3Store::get_if_changed(std::string key,
                                                                   std::string etag) {
  LAYER_CO_TRY(check_key(key));
  co_return co_await over_there(impl_->operations().get(std::move(key), std::move(etag)));
}

async::Task<Result<std::string>> S3Store::get_range(std::string key, std::uint64_t offset,
                                                    std::uint64_t length) {
  LAYER_CO_TRY(check_key(key));
  co_return co_await over_there(impl_->operations().get_range(std::move(key), offset, length));
}

async::Task<Result<ObjectHead>> S3Store::head(std::string key) {
  LAYER_CO_TRY(check_key(key));
  co_return co_await over_there(impl_->operations().head(std::move(key)));
}

async::Task<Result<void>> S3Store::remove(std::string key) {
  LAYER_CO_TRY(check_key(key));
  co_return co_await over_there(impl_->operations().remove(std::move(key)));
}

async::Task<Result<Listing>> S3Store::list(std::string prefix, std::string after,
                                           std::size_t limit) {
  LAYER_CO_TRY(check_list(prefix, limit));
  co_return co_await over_there(
      impl_->operations().list(std::move(prefix), std::move(after), limit));
}

}  // namespace layer::objects
