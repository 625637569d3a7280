#include "engine/routes/table.h"

#include "engine/routes/handlers.h"

namespace layer::engine::routes {
namespace {

using enum wire::Method;

constexpr Route kRoutes[] = {
    {kGet, "/v1/namespaces", list_namespaces},
    {kPost, "/v2/namespaces/{ns}", write},
    {kPost, "/v2/namespaces/{ns}/async", start_write},
    {kDelete, "/v2/namespaces/{ns}", delete_namespace},
    {kPost, "/v2/namespaces/{ns}/query", query},
    {kPost, "/v2/namespaces/{ns}/explain_query", explain_query},
    {kGet, "/v1/namespaces/{ns}/schema", read_schema},
    {kPost, "/v1/namespaces/{ns}/schema", update_schema},
    {kGet, "/v2/namespaces/{ns}/metadata", read_metadata},
    {kGet, "/v1/namespaces/{ns}/metadata", read_metadata},
    {kPatch, "/v1/namespaces/{ns}/metadata", update_metadata},
    {kGet, "/v1/namespaces/{ns}/hint_cache_warm", hint_cache_warm},
    {kPost, "/v1/namespaces/{ns}/_debug/recall", recall},
    {kGet, "/v1/namespaces/{ns}/operations/{token}", poll_operation},

    {kPost, "/v1/namespaces/{ns}", legacy_write},
    {kPost, "/v1/namespaces/{ns}/query", legacy_query},
    {kGet, "/v1/namespaces/{ns}", legacy_export},
    {kHead, "/v1/namespaces/{ns}", legacy_head},
    {kDelete, "/v1/namespaces/{ns}", legacy_delete},
    {kDelete, "/v1/namespaces/{ns}/index", legacy_delete_index},
    {kGet, "/v1/namespaces/{ns}/_debug/recall", legacy_recall},
};

}  // namespace

std::span<const Route> route_table() {
  return kRoutes;
}

}  // namespace layer::engine::routes
