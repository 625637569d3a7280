// Who signs requests: credentials, where they come from, and one set of them kept until shortly
// before it ends. Never printed, logged or put into an error.
// Thread safety: one loop.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "async/task.h"
#include "core/clock.h"
#include "core/error.h"

namespace layer::objects::s3 {

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token{};               // empty: none
  std::optional<std::int64_t> expires_ms{};  // epoch; none: they do not end
};
using CredentialsPtr = std::shared_ptr<const Credentials>;

class CredentialsSource {
 public:
  virtual ~CredentialsSource() = default;
  // nullopt: this source is not set up here; the next one may be. Errors: set up, and failed.
  virtual async::Task<Result<std::optional<Credentials>>> fetch() = 0;
  virtual std::string_view name() const = 0;  // "environment", "web identity", ...
};

class CredentialsCache {
 public:
  // Fetched again this long before they end, so that no request is signed with the last second.
  static constexpr std::chrono::minutes kAhead{5};
  // After a fetch ahead of time failed, how long what is there goes on serving before the next.
  static constexpr std::chrono::seconds kPause{10};

  // Both outlive the cache.
  CredentialsCache(CredentialsSource& source, const core::Clock& clock)
      : source_(source), clock_(clock) {}

  // Callers at the same time share one fetch. Errors: the source's when nothing valid is at hand.
  async::Task<Result<CredentialsPtr>> get();
  // The store refused these: the next get() fetches, unless that has happened already.
  void forget(const CredentialsPtr& refused);

 private:
  struct Ended;
  bool valid(std::int64_t now_ms) const;
  bool wants_fetch(std::int64_t now_ms) const;
  async::Task<Result<CredentialsPtr>> fetch();

  CredentialsSource& source_;
  const core::Clock& clock_;
  CredentialsPtr current_;
  std::int64_t not_before_ms_ = 0;         // no fetch ahead of time before this
  std::optional<Error> failure_;           // of the last fetch
  std::uint64_t fetches_ = 0;              // that have ended
  std::shared_ptr<async::Timer> fetched_;  // cancelled when the running fetch ends; null: none runs
};

}  // namespace layer::objects::s3
