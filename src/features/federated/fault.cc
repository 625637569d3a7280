#include "features/federated/fault.h"

#include <algorithm>

#include <fmt/format.h>

#include "features/federated/print_answer.h"
#include "json/wrong_member.h"

namespace layer::features::federated {

bool concerns_all(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalidJson:
    case ErrorCode::kInvalidShape:
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kValidation:
    case ErrorCode::kInvalidCursor:
    case ErrorCode::kInvalidToken:
    case ErrorCode::kForbidden:
    case ErrorCode::kCancelled:
      return true;
    default:
      return false;
  }
}

NamespaceFault fault_of(std::string_view ns, const Error& error) {
  return {.ns = std::string(ns),
          .code = std::string(core::info(error.code).name),
          .error = error.message};
}

NamespaceFault fault_of(std::string_view ns, const pages::StoreReply& refusal) {
  const Error error = pages::refusal_of(refusal);
  return {.ns = std::string(ns),
          .code = std::string(core::info(error.code).name),
          .error = error.message,
          .status = refusal.status};
}

Error out_of_time() {
  return {.code = ErrorCode::kGatewayTimeout,
          .message = "the deadline passed before the namespace answered"};
}

Error all_failed(const std::vector<NamespaceFault>& errors) {
  return {.code = ErrorCode::kUpstream,
          .message = fmt::format("none of the {} namespaces answered", errors.size()),
          .fields = {{.name = "errors", .value = print_faults(errors), .json = true}}};
}

Error downgraded(std::string_view reason) {
  Error error = json::wrong_member("strict", fmt::format("distances of these namespaces cannot be "
                                                         "compared: {}",
                                                         reason))
                    .error();
  error.fields.push_back({.name = "reason", .value = std::string(reason)});
  return error;
}

void take_facts(const search::SearchAnswer& found, const FederatedPlace& place,
                FederatedAnswer& answer) {
  answer.namespaces.push_back(
      {.ns = place.name,
       .stable_as_of_ms = found.cut.watermark_ms ? found.cut.watermark_ms : place.stable_as_of_ms,
       .matched = found.rows.size()});
  answer.upstream_calls += found.upstream_calls;
  answer.partial |= found.partial;
  if (answer.routing.empty()) {
    answer.routing = found.routing;
  }
  if (answer.hybrid.empty()) {
    answer.hybrid = found.hybrid;
  }
  const auto warn = [&](std::string_view warning) {
    if (std::ranges::find(answer.warnings, warning) == answer.warnings.end()) {
      answer.warnings.push_back(warning);
    }
  };
  for (const std::string_view warning : found.warnings) {
    warn(warning);
  }
  if (found.cut.watermark_unknown) {
    warn("watermark_unknown");
  }
}

}  // namespace layer::features::federated
