#include "features/pages/store_query.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "async/deadline.h"
#include "features/namespaces/slices.h"
#include "features/namespaces/upstream.h"

namespace layer::features::pages {
namespace {

constexpr int kOk = 200;
constexpr int kUnauthorized = 401;
constexpr int kForbidden = 403;
constexpr int kNotFound = 404;
constexpr int kRequestTimeout = 408;
constexpr int kConflict = 409;
constexpr int kTooEarly = 425;
constexpr int kTooManyRequests = 429;
constexpr int kServerFault = 500;
constexpr std::size_t kRefusalBytesMax = 300;

std::optional<std::uint64_t> number(const http::Headers& headers, std::string_view name) {
  const auto text = headers.find(name);
  if (!text) {
    return std::nullopt;
  }
  std::uint64_t value = 0;
  const char* const end = text->data() + text->size();
  const auto [rest, fault] = std::from_chars(text->data(), end, value);
  return rest == end && fault == std::errc() ? std::optional(value) : std::nullopt;
}

// Whether the same call may succeed later is what the code says.
ErrorCode code_of(int status) {
  switch (status) {
    case kUnauthorized:
    case kForbidden:
      return ErrorCode::kForbidden;
    case kNotFound:
      return ErrorCode::kNotFound;
    case kTooManyRequests:
      return ErrorCode::kRateLimited;
    case kRequestTimeout:
    case kConflict:
    case kTooEarly:
      return ErrorCode::kUpstream;
    default:
      return status > kOk && status < kServerFault ? ErrorCode::kValidation : ErrorCode::kUpstream;
  }
}

async::Task<Result<StoreReply>> send_once(const documents::Origin& origin, std::string body,
                                          async::TimePoint deadline, const QueryLimits& limits) {
  store::Call call{
      .method = "POST",
      .target = fmt::format("/v2/namespaces/{}/query", namespaces::percent_encode(origin.physical)),
      .headers = {{"content-type", "application/json"}, {"accept-encoding", "identity"}},
      .authorization = origin.authorization,
      .body = std::move(body),
      .kind = store::CallKind::kGatewayRead,
      .deadline = std::min(deadline, async::SteadyClock::now() + limits.call_time_max)};
  LAYER_CO_ASSIGN(store::Answer answer, co_await origin.store->send(std::move(call)));
  StoreReply reply{.status = answer.status, .headers = std::move(answer.headers)};
  if (answer.stream) {
    auto text = co_await http::read_all(*answer.stream, limits.bytes_max);
    answer.stream.reset();
    if (!text && text.error().code == ErrorCode::kPayloadTooLarge) {
      reply.too_large = true;
      co_return reply;
    }
    LAYER_CO_ASSIGN(answer.body, std::move(text));
  }
  reply.body = std::move(answer.body);
  co_return reply;
}

}  // namespace

std::chrono::milliseconds asked_wait(const http::Headers& headers) {
  const auto most = static_cast<std::uint64_t>(kRefillWaitMax.count());
  if (const auto ms = number(headers, "retry-after-ms")) {
    return std::chrono::milliseconds(std::min(*ms, most));
  }
  if (const auto seconds = number(headers, "retry-after")) {
    return std::chrono::milliseconds(std::min(*seconds, most / 1000) * 1000);
  }
  return kRefillWaitDefault;
}

async::Task<Result<StoreReply>> query_store(const documents::Origin& origin, std::string body,
                                            async::TimePoint deadline, QueryLimits limits) {
  for (;;) {
    LAYER_CO_ASSIGN(StoreReply reply, co_await send_once(origin, body, deadline, limits));
    const auto wait = asked_wait(reply.headers);
    if (!limits.waits || reply.status != kTooManyRequests ||
        deadline - async::SteadyClock::now() <= wait) {
      co_return reply;
    }
    if (!co_await async::sleep_for(wait)) {
      co_return fail(ErrorCode::kCancelled, "cancelled while the store asked to wait");
    }
  }
}

Error refusal_of(const StoreReply& reply) {
  std::string words = reply.too_large
                          ? "more than can be held"
                          : namespaces::string_of(namespaces::raw_member(reply.body, "error"));
  words.resize(std::min(words.size(), kRefusalBytesMax));
  return {
      .code = code_of(reply.status),
      .message = fmt::format("the store answered {}: {}", reply.status, words),
      .fields = {{.name = "upstream_status", .value = std::to_string(reply.status), .json = true}}};
}

async::Task<Result<namespaces::StoreMetadata>> read_metadata(const documents::Origin& origin,
                                                             async::TimePoint deadline) {
  LAYER_CO_ASSIGN(
      store::Answer answer,
      co_await namespaces::read_from(*origin.store, namespaces::metadata_target(origin.physical),
                                     origin.authorization,
                                     std::min(deadline, async::SteadyClock::now() + kCallTimeMax)));
  if (answer.status != kOk) {
    co_return std::unexpected(
        refusal_of({.status = answer.status, .body = std::move(answer.body)}));
  }
  co_return namespaces::parse_metadata(answer.body);
}

}  // namespace layer::features::pages
