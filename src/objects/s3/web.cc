#include "objects/s3/web.h"

#include <algorithm>

#include "async/deadline.h"

namespace layer::objects::s3 {

async::Task<Result<Answer>> exchange(http::Client& client, const http::Origin& origin,
                                     http::ClientRequest& request, ExchangeLimits limits,
                                     http::SendReport* report) {
  request.body_untimed = true;
  request.whole_if_buffered = true;
  if (!request.deadline) {
    request.deadline = async::SteadyClock::now() + limits.time_max;
  }
  LAYER_CO_ASSIGN(auto response, co_await client.send(origin, request, report));
  Answer answer{.status = response.status,
                .headers = std::move(response.headers),
                .body = std::move(response.text)};
  if (response.body == nullptr) {
    co_return answer;
  }
  const std::uint64_t bytes_max = answer.ok() ? limits.ok_bytes_max : limits.other_bytes_max;
  const std::uint64_t expected = std::min(answer.size().value_or(bytes_max), bytes_max);
  const auto extra = std::chrono::seconds(
      limits.slowest == 0 ? 0 : static_cast<std::int64_t>(expected / limits.slowest));
  auto body = co_await async::with_deadline(async::SteadyClock::now() + limits.time_max + extra,
                                            http::read_all(*response.body, bytes_max));
  if (!body && body.error().code == ErrorCode::kTimeout && !http::failure_of(body.error())) {
    co_return std::unexpected(
        http::client_error(http::ClientFailure::kTimeout, "the answer did not end in time"));
  }
  LAYER_CO_ASSIGN(answer.body, std::move(body));
  co_return answer;
}

}  // namespace layer::objects::s3
