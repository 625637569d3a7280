#include "cache/aerospike/open.h"

#include "cache/aerospike/login.h"

namespace layer::cache::aerospike {

Result<std::unique_ptr<AerospikeStore>> open_aerospike(AerospikeOptions options,
                                                       async::Loops& loops, core::Logger* log) {
  if (options.seeds.empty()) {
    return fail(ErrorCode::kInvalidArgument, "the cache kind aerospike needs AEROSPIKE_HOSTS");
  }
  Access access{.options = std::move(options)};
  if (!access.options.seeds.front().tls_name.empty()) {
    LAYER_ASSIGN(access.tls, http::make_client_tls(access.options.tls_ca_file));
  }
  if (!access.options.user.empty()) {
    LAYER_ASSIGN(access.password_hash, hash_password(access.options.password));
  }
  access.options.password.clear();
  auto store = std::make_unique<AerospikeStore>(std::move(access), loops.at(0), log);
  store->start();
  return store;
}

}  // namespace layer::cache::aerospike
