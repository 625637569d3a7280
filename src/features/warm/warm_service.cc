#include "features/warm/warm_service.h"

#include <utility>

#include <fmt/format.h>

#include "features/pages/store_query.h"
#include "features/warm/warm_job.h"

namespace layer::features::warm {
namespace {

std::unexpected<Error> unavailable(std::string_view reason, std::string message) {
  return std::unexpected(Error{.code = ErrorCode::kFeatureUnavailable,
                               .message = std::move(message),
                               .fields = {{.name = "feature", .value = "warm"},
                                          {.name = "reason", .value = std::string(reason)}}});
}

}  // namespace

Error WarmService::cold() const {
  return {.code = ErrorCode::kCacheCold,
          .message = parts_.cache == nullptr ? "the document cache is switched off"
                                             : "the document cache cannot be used now",
          .fields = {{.name = "cache_state", .value = "cold"}}};
}

async::Task<Result<queue::Job>> WarmService::start(Ask ask) {
  if (parts_.runner == nullptr) {
    co_return unavailable("queue_database",
                          "a warm needs the queue database, which --database-url switched off");
  }
  if (!cache_usable()) {
    co_return std::unexpected(cold());
  }
  LAYER_CO_ASSIGN(const Place place, co_await parts_.places.find(ask.ns));
  if (ask.passthrough && !parts_.has_credential(*place.origin.store)) {
    co_return unavailable("background_credential",
                          "a warm outlives the request, and this gateway has no credential of its "
                          "own for the store");
  }
  LAYER_CO_TRY(co_await check_size(place));
  LAYER_CO_ASSIGN(auto submitted,
                  co_await parts_.runner->submit(
                      {.kind = std::string(kWarmKind),
                       .ns = place.cached.ns,
                       .store = place.cached.store,
                       .owner = std::move(ask.owner),
                       .params = print_params(ask.params),
                       .unique_key = fmt::format("{}/{}", place.cached.store, place.cached.ns)}));
  co_return std::move(submitted.job);
}

// Also tells whether the namespace is there at all.
async::Task<Result<void>> WarmService::check_size(const Place& place) {
  LAYER_CO_ASSIGN(
      const auto metadata,
      co_await pages::read_metadata(place.origin, async::SteadyClock::now() + pages::kCallTimeMax));
  const std::uint64_t bytes = metadata.logical_bytes.value_or(0);
  if (parts_.cache_bytes_max != 0 && bytes > parts_.cache_bytes_max) {
    co_return std::unexpected(
        Error{.code = ErrorCode::kValidation,
              .message = fmt::format("the namespace has {} bytes and the cache holds {}: enlarge "
                                     "it (--cache-disk-size, --cache-size), or use a shared one",
                                     bytes, parts_.cache_bytes_max),
              .fields = {{.name = "reason", .value = "cache_size"}}});
  }
  co_return Result<void>{};
}

}  // namespace layer::features::warm
