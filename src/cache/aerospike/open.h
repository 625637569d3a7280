// The cache kind "aerospike", from its options. Thread safety: as AerospikeStore.
#pragma once

#include <memory>

#include "async/loops.h"
#include "cache/aerospike/aerospike_store.h"
#include "core/log.h"

namespace layer::cache::aerospike {

// Started, and connecting in the background: a cluster that is not there yet is no error. Call
// stop() before the loops end. Costs a tenth of a second when there is a password. Errors:
// kInvalidArgument: no hosts, a cluster half with and half without TLS, or a CA file that cannot be
// read; kInternal.
Result<std::unique_ptr<AerospikeStore>> open_aerospike(AerospikeOptions options,
                                                       async::Loops& loops, core::Logger* log);

}  // namespace layer::cache::aerospike
