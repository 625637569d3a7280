#include "gateway/auth/authenticator.h"

#include <chrono>
#include <utility>

#include "gateway/auth/bearer.h"

namespace layer::gateway {
namespace {

constexpr core::MetricSpec kFailures{.name = "layer_auth_failures_total",
                                     .kind = core::MetricKind::kCounter,
                                     .help = "requests refused for who sent them, by reason",
                                     .labels = "reason"};

std::int64_t system_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

Authenticator::Authenticator(Parts parts) : parts_(std::move(parts)) {
  if (!parts_.wall_ms) {
    parts_.wall_ms = system_ms;
  }
}

std::shared_ptr<const AuthPolicy> Authenticator::policy() const {
  const std::lock_guard lock(mutex_);
  return parts_.policy;
}

void Authenticator::replace(std::shared_ptr<const AuthPolicy> policy) {
  const std::lock_guard lock(mutex_);
  parts_.policy.swap(policy);
}

void Authenticator::refused(AuthFailure failure, std::string_view store, std::string_view key) {
  parts_.metrics.sample(kFailures, {reason(failure)}).add();
  parts_.log.warn("request refused", {{"reason", reason(failure)}, {"store", store}, {"key", key}});
}

std::expected<Caller, AuthFailure> Authenticator::find(const http::Headers& headers,
                                                       std::string_view store) {
  const auto policy = this->policy();
  const AuthPolicy::Rule* const rule = policy->find(store);
  if (rule == nullptr) {
    return std::unexpected(AuthFailure::kUnknownKey);
  }
  if (rule->mode == AuthMode::kOpen) {
    return Caller(policy->open_identity(), {});
  }
  const auto bearer = find_bearer(headers);
  if (!bearer) {
    return std::unexpected(bearer.error());
  }
  const Digest digest = sha256(bearer->token);
  const auto judge = [&](const KeyEntry& entry) -> std::expected<Caller, AuthFailure> {
    if (entry.expires_at_ms != 0 && parts_.wall_ms() >= entry.expires_at_ms) {
      return std::unexpected(AuthFailure::kExpiredKey);
    }
    return Caller(entry.identity, digest);
  };
  if (const KeyEntry* const entry = rule->keys.find(digest, bearer->token)) {
    return judge(*entry);
  }
  bool complete = true;
  for (const KeySource* const source : parts_.sources) {
    const auto ring = source->ring();
    if (const KeyEntry* const entry = ring->find(digest, bearer->token)) {
      return judge(*entry);
    }
    complete = complete && source->reachable();
  }
  if (rule->mode == AuthMode::kPassthrough) {
    return Caller(policy->passthrough_identity(), digest,
                  core::Secret(std::string(bearer->authorization)));
  }
  return std::unexpected(complete ? AuthFailure::kUnknownKey : AuthFailure::kKeySource);
}

async::Task<Result<Caller>> Authenticator::authenticate(
    const http::Headers& headers, const store::VectorStore& store_of_the_namespace) {
  auto caller = find(headers, store_of_the_namespace.name());
  if (!caller) {
    refused(caller.error(), store_of_the_namespace.name());
    co_return std::unexpected(error_of(caller.error()));
  }
  co_return std::move(*caller);
}

Result<void> Authenticator::authorise(const Caller& caller, Scope needed, std::string_view store,
                                      std::string_view ns) {
  if (const auto refusal = find_refusal(caller, needed, store, ns, false)) {
    refused(*refusal, store, caller.name());
    return std::unexpected(error_of(*refusal, needed));
  }
  return {};
}

Result<void> Authenticator::authorise_forwarded(const Caller& caller, Scope needed,
                                                std::string_view store, std::string_view ns) {
  if (const auto refusal = find_refusal(caller, needed, store, ns, true)) {
    refused(*refusal, store, caller.name());
    return std::unexpected(error_of(*refusal, needed));
  }
  return {};
}

Result<void> Authenticator::authorise_list(const Caller& caller, std::string_view store,
                                           bool forwarded) {
  if (const auto refusal = find_list_refusal(caller, store, forwarded)) {
    refused(*refusal, store, caller.name());
    return std::unexpected(error_of(*refusal, Scope::kRead));
  }
  return {};
}

}  // namespace layer::gateway
