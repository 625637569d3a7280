#include "features/namespaces/upstream.h"

#include <utility>

#include <fmt/format.h>

#include "http/body.h"

namespace layer::features::namespaces {

async::Task<Result<void>> collect(store::Answer& answer, std::uint64_t bytes_max) {
  if (!answer.stream) {
    co_return Result<void>{};
  }
  auto body = co_await http::read_all(*answer.stream, bytes_max);
  answer.stream.reset();
  if (!body && body.error().code == ErrorCode::kPayloadTooLarge) {
    co_return fail(ErrorCode::kUpstream,
                   fmt::format("the store's answer is larger than {} bytes", bytes_max));
  }
  LAYER_CO_ASSIGN(answer.body, std::move(body));
  co_return Result<void>{};
}

async::Task<Result<store::Answer>> read_from(store::VectorStore& store, std::string target,
                                             std::string authorization, async::TimePoint deadline) {
  store::Call call;
  call.target = std::move(target);
  call.headers.add("accept", "application/json");
  call.headers.add("accept-encoding", "identity");
  call.authorization = std::move(authorization);
  call.kind = store::CallKind::kGatewayRead;
  call.deadline = deadline;
  LAYER_CO_ASSIGN(auto answer, co_await store.send(std::move(call)));
  LAYER_CO_TRY(co_await collect(answer, kUpstreamBodyBytesMax));
  co_return answer;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
        c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    }
  }
  return out;
}

std::string metadata_target(std::string_view physical) {
  return fmt::format("/v2/namespaces/{}/metadata", percent_encode(physical));
}

}  // namespace layer::features::namespaces
