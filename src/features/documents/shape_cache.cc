#include "features/documents/shape_cache.h"

#include <mutex>

#include "features/namespaces/upstream.h"

namespace layer::features::documents {
namespace {

std::string key_of(const Origin& origin, std::uint64_t incarnation) {
  std::string key(origin.store->name());
  key += '\0';
  key += origin.physical;
  key += '\0';
  key += std::to_string(incarnation);
  return key;
}

// A failure of the one who asked says nothing to those who wait.
bool concerns_all(const Error& error) {
  return error.code != ErrorCode::kCancelled && error.code != ErrorCode::kGatewayTimeout;
}

}  // namespace

ShapePtr ShapeCache::look(const std::string& key) const {
  const std::shared_lock lock(mutex_);
  const auto found = shapes_.find(key);
  const bool usable =
      found != shapes_.end() && clock_.steady() - found->second.read_at < kTrustedFor;
  return usable ? found->second.shape : nullptr;
}

ShapePtr ShapeCache::find(const Origin& origin, std::uint64_t incarnation) const {
  return look(key_of(origin, incarnation));
}

void ShapeCache::forget(const Origin& origin, std::uint64_t incarnation) {
  const std::unique_lock lock(mutex_);
  shapes_.erase(key_of(origin, incarnation));
}

void ShapeCache::put(const std::string& key, const ShapePtr& shape) {
  const std::unique_lock lock(mutex_);
  if (shapes_.size() >= kShapesMax) {
    shapes_.erase(shapes_.begin());
  }
  shapes_.insert_or_assign(key, Entry{.shape = shape, .read_at = clock_.steady()});
}

async::Task<ShapeCache::Outcome> ShapeCache::read(const Origin& origin, async::TimePoint deadline) {
  LAYER_CO_ASSIGN(
      store::Answer answer,
      co_await namespaces::read_from(*origin.store, namespaces::metadata_target(origin.physical),
                                     origin.authorization, deadline));
  if (answer.status != 200) {
    co_return Known{
        .refusal = std::make_shared<const Refusal>(Refusal{.status = answer.status,
                                                           .headers = std::move(answer.headers),
                                                           .body = std::move(answer.body)}),
        .fresh = true};
  }
  LAYER_CO_ASSIGN(const auto metadata, namespaces::parse_metadata(answer.body));
  LAYER_CO_ASSIGN(Shape shape, Shape::make(metadata));
  co_return Known{.shape = std::make_shared<const Shape>(std::move(shape)), .fresh = true};
}

async::Task<Result<ShapeCache::Known>> ShapeCache::load(Origin origin, std::uint64_t incarnation,
                                                        async::TimePoint deadline) {
  const std::string key = key_of(origin, incarnation);
  const async::Executor executor = co_await async::asio::this_coro::executor;
  for (;;) {
    if (auto shape = look(key)) {
      co_return Known{.shape = std::move(shape)};
    }
    // Only callers with the same credential share an answer of the store's.
    async::Flights<Outcome>::Party party(flights_, executor);
    std::size_t number = 0;
    if (party.lead(key + '\0' + origin.authorization, number)) {
      Outcome outcome = co_await read(origin, deadline);
      if (outcome && outcome->shape) {
        put(key, outcome->shape);
      }
      party.end(number,
                outcome || concerns_all(outcome.error()) ? std::optional(outcome) : std::nullopt);
      co_return outcome;
    }
    LAYER_CO_TRY(co_await party.wait(deadline));
    if (const auto& outcome = party.outcome(number)) {
      co_return *outcome;
    }
  }
}

}  // namespace layer::features::documents
