#include "gateway/errors.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "core/text.h"

namespace layer::gateway {
namespace {

constexpr std::string_view kRetryField = "retry_after_ms";
constexpr std::uint64_t kRetryDefaultMs = 1000;

void add_member(std::string& body, std::string_view name, std::string_view value, bool json) {
  body += ',';
  core::append_json_string(body, name);
  body += ':';
  if (json) {
    body += value;
  } else {
    core::append_json_string(body, value);
  }
}

std::uint64_t retry_after_ms(const Error& error) {
  for (const core::ErrorField& field : error.fields) {
    std::uint64_t ms = 0;
    const char* end = field.value.data() + field.value.size();
    if (field.name == kRetryField &&
        std::from_chars(field.value.data(), end, ms).ec == std::errc{}) {
      return ms;
    }
  }
  return kRetryDefaultMs;
}

void add_retry_headers(http::Response& response, const Error& error) {
  const int status = response.status;
  if (status == 429 || status == 503) {
    const std::uint64_t ms = retry_after_ms(error);
    response.headers.add("retry-after",
                         fmt::to_string(std::max<std::uint64_t>((ms + 999) / 1000, 1)));
    response.headers.add("retry-after-ms", fmt::to_string(ms));
    response.headers.add("x-should-retry", "true");
  } else if (status >= 400 && status < 500 && status != 408) {
    response.headers.add("x-should-retry", "false");
  }
}

}  // namespace

http::Response error_answer(const Error& error, std::string_view trace_id) {
  const core::ErrorInfo& row = core::info(error.code);
  std::string body = R"({"status":"error","error":)";
  core::append_json_string(body, row.name);
  add_member(body, "message", error.message, false);
  for (const core::ErrorField& field : error.fields) {
    if (field.name != kRetryField) {
      add_member(body, field.name, field.value, field.json);
    }
  }
  if (!trace_id.empty()) {
    add_member(body, "trace_id", trace_id, false);
  }
  body += '}';
  http::Response response = http::json_response(row.http_status, std::move(body));
  add_retry_headers(response, error);
  if (error.code == ErrorCode::kUnauthorized) {
    response.headers.add("www-authenticate", "Bearer");
  }
  return response;
}

Error validation_error(std::string_view field, std::string_view problem) {
  return {.code = ErrorCode::kValidation,
          .message = fmt::format("{}: {}", field, problem),
          .fields = {{.name = "details",
                      .value = fmt::format(R"([{{"field":{},"problem":{}}}])",
                                           core::json_string(field), core::json_string(problem)),
                      .json = true}}};
}

}  // namespace layer::gateway
