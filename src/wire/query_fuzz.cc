// Any bytes as a query body, in both versions of the route: read with its promises kept, or refused
// as the client's fault.
#include <cstdlib>
#include <string_view>

#include "core/limits.h"
#include "testing/fuzz.h"
#include "wire/legacy_query.h"
#include "wire/query.h"

namespace {

using namespace layer;  // NOLINT(google-build-using-namespace)

void check_refusal(const Error& error) {
  const int status = core::info(error.code).http_status;
  if (status < 400 || status >= 500 || error.message.empty()) {
    std::abort();
  }
}

void check(const wire::Query& query) {
  if (query.queries.empty() || query.queries.size() > core::limits::multi_query_count_max) {
    std::abort();
  }
  for (const wire::SubQuery& sub : query.queries) {
    if (sub.aggregate_by.empty() &&
        (!sub.limit || sub.limit->total < 1 || sub.limit->total > core::limits::result_rows_max)) {
      std::abort();
    }
  }
}

}  // namespace

LAYER_FUZZ_TARGET(query_fuzz) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  if (const auto query = wire::parse_query(body)) {
    check(*query);
  } else {
    check_refusal(query.error());
  }
  if (const auto legacy = wire::parse_legacy_query(body)) {
    check(legacy->query);
  } else {
    check_refusal(legacy.error());
  }
}
