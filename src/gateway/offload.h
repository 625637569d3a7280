// Work on bodies whose size decides where it runs: a small one is done before a change of threads
// would be. Thread safety: from any loop.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include "async/cpu_pool.h"
#include "core/limits.h"

namespace layer::gateway {

// Up to here a body is looked at on the loop: it takes less than a millisecond.
inline constexpr std::size_t inline_body_bytes_max = core::limits::kMiB;

// The Result of `work()`, which looks at `bytes` bytes and may refer to the caller's frame. Errors:
// its own, kServiceUnavailable when the pool's queue is full, kCancelled.
template <class Work>
async::Task<std::invoke_result_t<Work&>> offload(async::CpuPool& pool, std::size_t bytes,
                                                 Work work) {
  if (bytes <= inline_body_bytes_max) {
    co_return work();
  }
  auto done = co_await pool.run(std::move(work));
  if (done) {
    co_return std::move(*done);
  }
  if (done.error().code == ErrorCode::kTooManyRequests) {
    co_return fail(ErrorCode::kServiceUnavailable, "too many large bodies wait to be read");
  }
  co_return std::unexpected(std::move(done).error());
}

}  // namespace layer::gateway
