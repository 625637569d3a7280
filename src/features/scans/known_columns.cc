#include "features/scans/known_columns.h"

#include "features/row_filter/store_schema.h"
#include "wire/reserved_names.h"

namespace layer::features::scans {

async::Task<Result<KnownColumns>> read_known_columns(const documents::Origin& origin,
                                                     async::TimePoint deadline) {
  LAYER_CO_ASSIGN(const wire::Schema schema,
                  co_await row_filter::read_store_schema(*origin.store, origin.physical,
                                                         origin.authorization, deadline));
  co_return KnownColumns{.stamps = schema.find(wire::kStampAttribute).has_value(),
                         .shards = schema.find(wire::kShardAttribute).has_value()};
}

bool is_about_columns(int status, std::string_view words) {
  return (status == 400 || status == 422) &&
         words.find(wire::kReservedPrefix) != std::string_view::npos;
}

}  // namespace layer::features::scans
