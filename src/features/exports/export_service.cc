#include "features/exports/export_service.h"

#include <utility>

#include "features/exports/export_job.h"

namespace layer::features::exports {
namespace {

std::unexpected<Error> unavailable(std::string_view reason, std::string message) {
  return std::unexpected(Error{.code = ErrorCode::kFeatureUnavailable,
                               .message = std::move(message),
                               .fields = {{.name = "feature", .value = "export"},
                                          {.name = "reason", .value = std::string(reason)}}});
}

// Whether the namespace is there at all, and what the store says of filter and attributes. A fault
// that may pass is left to the job, which waits for its end.
async::Task<Result<void>> check_store(async::CpuPool& pool, const documents::Origin& origin,
                                      const ExportParams& params, async::TimePoint deadline) {
  pages::PageQuery query = page_query(params);
  query.page_size = 1;
  pages::RowPages rows(origin, nullptr, std::move(query), pool);
  auto page = co_await rows.read({}, deadline);
  if (!page && !core::info(page.error().code).retryable) {
    co_return std::unexpected(std::move(page).error());
  }
  co_return Result<void>{};
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
  LAYER_CO_TRY(co_await check_store(parts_.pool, place.origin, ask.params, ask.deadline));
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
