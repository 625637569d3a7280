#include "features/snapshots/snapshot_service.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace layer::features::snapshots {
namespace {

std::unexpected<Error> unavailable(std::string_view reason, std::string message) {
  return std::unexpected(Error{.code = ErrorCode::kFeatureUnavailable,
                               .message = std::move(message),
                               .fields = {{.name = "feature", .value = "snapshots"},
                                          {.name = "reason", .value = std::string(reason)}}});
}

}  // namespace

async::Task<Result<queue::Job>> SnapshotService::start(Ask ask) {
  if (parts_.runner == nullptr) {
    co_return unavailable("queue_database",
                          "a snapshot needs the queue database, which --database-url switched off");
  }
  LAYER_CO_ASSIGN(const Place place, co_await parts_.places.find(ask.ns));
  if (!parts_.stamp || (place.index != nullptr && !place.index->stamp)) {
    co_return unavailable("stamp_off",
                          "rows of this namespace are not stamped, so that no state of "
                          "it can be told from a later one");
  }
  if (ask.passthrough && !parts_.has_credential(*place.origin.store)) {
    co_return unavailable("background_credential",
                          "a snapshot outlives the request, and this gateway has no credential of "
                          "its own for the store");
  }
  if (ask.params.source == Source::kStored) {
    LAYER_CO_ASSIGN(const auto latest, co_await parts_.store.latest(place.ns, place.incarnation));
    for (const std::string& field : ask.params.fields) {
      if (!latest || std::ranges::find(latest->fields, field) == latest->fields.end()) {
        co_return fail(ErrorCode::kPreconditionFailed,
                       fmt::format("no stored snapshot holds the field '{}'; take one with source "
                                   "origin",
                                   field));
      }
    }
  }
  const std::string store(place.origin.store->name());
  LAYER_CO_ASSIGN(
      auto submitted,
      co_await parts_.runner->submit(
          {.kind = std::string(kSnapshotKind),
           .ns = place.ns,
           .store = store,
           .owner = std::move(ask.owner),
           .params = print_params(ask.params),
           .unique_key = ask.params.automatic ? fmt::format("{}/{}", store, place.ns) : ""}));
  co_return std::move(submitted.job);
}

}  // namespace layer::features::snapshots
