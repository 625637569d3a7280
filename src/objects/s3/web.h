// One exchange whose answer is read whole, bounded in time and size. Thread safety: the client's
// loop only.
#pragma once

#include "http/client.h"
#include "objects/s3/answer.h"

namespace layer::objects::s3 {

struct ExchangeLimits {
  async::Duration time_max;    // to the answer's head, and again to its end
  std::uint64_t slowest = 0;   // bytes a second that the answer's body may take; 0: no more time
  std::uint64_t ok_bytes_max;  // of a 2xx body
  std::uint64_t other_bytes_max = std::uint64_t{64} << 10;
};

// Errors: those of http::client_error; kPayloadTooLarge.
async::Task<Result<Answer>> exchange(http::Client& client, const http::Origin& origin,
                                     http::ClientRequest& request, ExchangeLimits limits,
                                     http::SendReport* report = nullptr);

}  // namespace layer::objects::s3
