// GET /v1/namespaces?cursor=&prefix=&page_size=
#include <utility>

#include <fmt/format.h>

#include "core/limits.h"
#include "engine/routes/cursor.h"
#include "engine/routes/handlers.h"
#include "engine/routes/url.h"
#include "json/writer.h"

namespace layer::engine::routes {

Result<wire::Response> list_namespaces(Call& call) {
  const std::string_view parameters = call.request.query;
  LAYER_ASSIGN(const std::uint64_t page_size,
               query_number(parameters, "page_size", core::limits::list_page_size_default));
  if (page_size < 1 || page_size > core::limits::list_page_size_max) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("💔 Page size must be in range 1..={}, was {}",
                            core::limits::list_page_size_max, page_size));
  }
  const std::string prefix = query_parameter(parameters, "prefix").value_or("");
  const std::string cursor = query_parameter(parameters, "cursor").value_or("");
  std::string after;
  if (!cursor.empty()) {
    LAYER_ASSIGN(after, read_list_cursor(cursor));
  }
  const ns::NamePage page = call.services.catalog.list(prefix, after, page_size);

  json::Writer out;
  out.begin_object().key("namespaces").begin_array();
  for (const std::string& name : page.names) {
    out.begin_object().member("id", name).end_object();
  }
  out.end_array().key("next_cursor");
  // A full page has a cursor even when nothing follows it, as the store has it.
  if (page.names.size() == page_size) {
    out.value(list_cursor(page.names.back()));
  } else {
    out.null();
  }
  out.end_object();
  return json_response(std::move(out).take());
}

}  // namespace layer::engine::routes
