#include "http/client_error.h"

#include <algorithm>
#include <array>
#include <utility>

namespace layer::http {
namespace {

constexpr std::string_view kField = "upstream_category";

struct Row {
  std::string_view name;
  ErrorCode code;
};

// In the order of ClientFailure.
constexpr std::array kTable{
    Row{"resolve", ErrorCode::kUnavailable},      Row{"connect", ErrorCode::kUnavailable},
    Row{"tls", ErrorCode::kUnavailable},          Row{"timeout", ErrorCode::kTimeout},
    Row{"reset", ErrorCode::kUnavailable},        Row{"incomplete", ErrorCode::kUnavailable},
    Row{"protocol", ErrorCode::kInvalidArgument}, Row{"busy", ErrorCode::kUnavailable},
    Row{"cancelled", ErrorCode::kCancelled},
};
static_assert(kTable.size() == static_cast<std::size_t>(ClientFailure::kCancelled) + 1);

}  // namespace

std::string_view name(ClientFailure failure) {
  return kTable[static_cast<std::size_t>(failure)].name;
}

Error client_error(ClientFailure failure, std::string message) {
  const Row& row = kTable[static_cast<std::size_t>(failure)];
  Error error{.code = row.code, .message = std::move(message)};
  error.fields.push_back({.name = std::string(kField), .value = std::string(row.name)});
  return error;
}

std::optional<ClientFailure> failure_of(const Error& error) {
  const auto field = std::ranges::find(error.fields, kField, &core::ErrorField::name);
  if (field == error.fields.end()) {
    return std::nullopt;
  }
  const auto row = std::ranges::find(kTable, field->value, &Row::name);
  return row == kTable.end() ? std::nullopt
                             : std::optional(static_cast<ClientFailure>(row - kTable.begin()));
}

}  // namespace layer::http
