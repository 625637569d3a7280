// A configuration file read whole, on a pool. Thread safety: any loop.
#pragma once

#include <cstddef>
#include <string>

#include "async/cpu_pool.h"

namespace layer::objects::s3 {

// Errors: kNotFound, kIo (unreadable, or larger than `bytes_max`), kUnavailable, kCancelled.
async::Task<Result<std::string>> read_small_file(async::CpuPool& pool, std::string path,
                                                 std::size_t bytes_max);

}  // namespace layer::objects::s3
