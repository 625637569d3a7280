#include "gateway/history/history_parts.h"

namespace layer::gateway {

Error history_is_off() {
  return {.code = ErrorCode::kFeatureUnavailable,
          .message = "this gateway keeps no search history; set --history=on",
          .fields = {{.name = "feature", .value = "history"},
                     {.name = "reason", .value = "history_off"}}};
}

Result<features::history::Reader*> reader_of(const HistoryParts& parts) {
  if (parts.reader == nullptr) {
    return std::unexpected(history_is_off());
  }
  return parts.reader;
}

Result<std::string> history_name(const HistoryParts& parts, const Exchange& exchange) {
  const auto table = parts.router.table();
  LAYER_ASSIGN(const auto route, table->find(exchange.ns()));
  return std::string(route.logical);
}

Error history_failure(Error error) {
  if (error.code == ErrorCode::kIo || error.code == ErrorCode::kUnavailable ||
      error.code == ErrorCode::kCorrupt) {
    error.code = ErrorCode::kUpstream;
  }
  return error;
}

}  // namespace layer::gateway
