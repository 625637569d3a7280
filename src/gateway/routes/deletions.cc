#include "gateway/routes/deletions.h"

#include <fmt/format.h>

#include "gateway/list_parameters.h"
#include "gateway/percent.h"
#include "gateway/routes/delete_namespace.h"

namespace layer::gateway {
namespace {

namespace deletions = features::deletions;

// What the contract answers when the object store fails.
std::unexpected<Error> unreadable(Error error) {
  if (error.code == ErrorCode::kIo || error.code == ErrorCode::kUnavailable) {
    error.code = ErrorCode::kUpstream;
  }
  return std::unexpected(std::move(error));
}

// The requester whose receipts alone the caller may see; empty: all of them. A store does not tell
// a namespace that is gone from one that is not the bearer's, so without proof a caller sees what
// it did itself.
std::string limited_to(const Exchange& exchange) {
  return exchange.caller->is_passthrough() && !exchange.ns_proven ? requester_of(exchange)
                                                                  : std::string();
}

}  // namespace

async::Task<Result<http::Response>> Deletions::handle(Exchange& exchange) {
  const std::string ns(exchange.ns());
  const std::string_view query = exchange.request.query();
  LAYER_CO_ASSIGN(
      const std::size_t limit,
      read_count(query, "limit", deletions::kDeletionsLimitDefault, deletions::kDeletionsLimitMax));
  const std::string cursor = query_parameter(query, "cursor").value_or("");
  std::string before;
  if (!cursor.empty()) {
    LAYER_CO_ASSIGN(before,
                    deletions::open_list_cursor(cursor, ns, parts_.clock.wall_ms(), parts_.signer));
  }
  const std::string requester = limited_to(exchange);
  auto page = co_await deletions::list_deletions(parts_.ledger, ns, before, limit);
  if (!page) {
    co_return unreadable(std::move(page).error());
  }
  json::Writer out;
  out.begin_object().key("deletions").begin_array();
  for (const deletions::Receipt& receipt : page->receipts) {
    if (requester.empty() || receipt.requested_by == requester) {
      deletions::put_receipt(out, receipt);
    }
  }
  out.end_array();
  if (!page->last_id.empty()) {
    out.member("next_cursor", deletions::seal_list_cursor(ns, page->last_id, parts_.clock.wall_ms(),
                                                          parts_.signer));
  }
  out.end_object();
  co_return http::json_response(200, std::move(out).take());
}

async::Task<Result<http::Response>> Deletion::handle(Exchange& exchange) {
  const std::string ns(exchange.ns());
  const std::string id = percent_decode(exchange.match.params[0]);
  const std::string requester = limited_to(exchange);
  auto receipt = co_await deletions::read_deletion(parts_.ledger, ns, id);
  if (!receipt) {
    co_return unreadable(std::move(receipt).error());
  }
  if (!requester.empty() && receipt->requested_by != requester) {
    co_return fail(ErrorCode::kNotFound,
                   fmt::format("the namespace '{}' has no deletion '{}'", ns, id));
  }
  json::Writer out;
  deletions::put_receipt(out, *receipt);
  co_return http::json_response(200, std::move(out).take());
}

}  // namespace layer::gateway
