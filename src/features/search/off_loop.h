// Work over a caller's bytes, on the loop while it takes less than a millisecond, else on a pool.
// Thread safety: as CpuPool.
#pragma once

#include <cstddef>
#include <utility>

#include "async/cpu_pool.h"
#include "core/limits.h"

namespace layer::features::search {

inline constexpr std::size_t kInlineBytesMax = 256 * core::limits::kKiB;

// `work` gives a Result; what it refers to outlives the wait. Errors: its own; kServiceUnavailable:
// too much of it waits.
template <class Work>
auto off_loop(std::size_t bytes, async::CpuPool& pool, Work work) -> async::Task<decltype(work())> {
  if (bytes <= kInlineBytesMax) {
    co_return work();
  }
  auto done = co_await pool.run(std::move(work));
  if (done) {
    co_return std::move(*done);
  }
  if (done.error().code == ErrorCode::kTooManyRequests) {
    co_return fail(ErrorCode::kServiceUnavailable, "too many large queries wait to be read");
  }
  co_return std::unexpected(std::move(done).error());
}

}  // namespace layer::features::search
