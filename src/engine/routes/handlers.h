// The endpoints; each stands in the file of its name. Contracts: the store's wire.
#pragma once

#include "engine/routes/call.h"

namespace layer::engine::routes {

Result<wire::Response> list_namespaces(Call& call);
Result<wire::Response> write(Call& call);
Result<wire::Response> start_write(Call& call);
Result<wire::Response> delete_namespace(Call& call);
Result<wire::Response> query(Call& call);
Result<wire::Response> explain_query(Call& call);
Result<wire::Response> read_schema(Call& call);
Result<wire::Response> update_schema(Call& call);
Result<wire::Response> read_metadata(Call& call);
Result<wire::Response> update_metadata(Call& call);
Result<wire::Response> hint_cache_warm(Call& call);
Result<wire::Response> recall(Call& call);
Result<wire::Response> poll_operation(Call& call);

// The first version of the API.
Result<wire::Response> legacy_write(Call& call);
Result<wire::Response> legacy_query(Call& call);
Result<wire::Response> legacy_export(Call& call);
Result<wire::Response> legacy_head(Call& call);
Result<wire::Response> legacy_delete(Call& call);
Result<wire::Response> legacy_delete_index(Call& call);
Result<wire::Response> legacy_recall(Call& call);

}  // namespace layer::engine::routes
