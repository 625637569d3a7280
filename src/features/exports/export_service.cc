#include "features/exports/export_service.h"

#include <utility>

#include "features/exports/export_job.h"
#include "features/pages/store_query.h"

namespace layer::features::exports {
namespace {

std::unexpected<Error> unavailable(std::string_view reason, std::string message) {
  return std::unexpected(Error{.code = ErrorCode::kFeatureUnavailable,
                               .message = std::move(message),
                               .fields = {{.name = "feature", .value = "export"},
                                          {.name = "reason", .value = std::string(reason)}}});
}

}  // namespace

async::Task<Result<queue::Job>> ExportService::start(Ask ask) {
  if (parts_.runner == nullptr) {
    co_return unavailable("queue_database",
                          "an export needs the queue database, which --database-url switched off");
  }
  LAYER_CO_ASSIGN(const ExportPlace place, co_await parts_.places.find(ask.ns));
  if (ask.passthrough && !parts_.has_credential(*place.origin.store)) {
    co_return unavailable("background_credential",
                          "an export outlives the request, and this gateway has no credential of "
                          "its own for the store");
  }
  if (!ask.params.range.empty() && !place.stamped) {
    co_return unavailable("stamp_off", "rows of this namespace do not carry the time of a write");
  }
  // Tells whether the namespace is there at all.
  LAYER_CO_TRY(
      co_await pages::read_metadata(place.origin, async::SteadyClock::now() + pages::kCallTimeMax));
  ask.params.incarnation = place.incarnation;
  LAYER_CO_ASSIGN(auto submitted,
                  co_await parts_.runner->submit({.kind = std::string(kExportKind),
                                                  .ns = place.ns,
                                                  .store = place.store,
                                                  .owner = std::move(ask.owner),
                                                  .params = print_params(ask.params)}));
  co_return std::move(submitted.job);
}

}  // namespace layer::features::exports
