#include "app/cache_service.h"

#include <algorithm>

#include "async/run.h"
#include "cache/aerospike/open.h"
#include "cache/memory/memory_store.h"
#include "core/random.h"

namespace layer::app {
namespace {

// Operations of the disk that may wait; beyond it they are bypassed.
constexpr std::size_t kDiskQueueMax = 4096;
// How long the start waits for a shared cache.
constexpr std::chrono::milliseconds kConnectTime{1000};

cache::CacheOptions options_of(const Config& config, std::uint64_t gateway_id) {
  return {.gateway = core::hex(gateway_id),
          .gateway_number = gateway_id,
          .strict = config.gateway.cache.strict,
          .set_prefix = config.gateway.cache.aerospike.set_prefix};
}

}  // namespace

CacheService::CacheService(const Config& config, Machine& machine, std::uint64_t gateway_id)
    : machine_(machine),
      pool_({.name = "cache",
             .threads = std::max<std::size_t>(config.threads, 2),
             .queue_max = kDiskQueueMax}) {
  if (config.gateway.cache.kind == CacheConfig::Kind::kOff) {
    return;
  }
  auto records = open_records(config);
  if (!records) {
    fault_ = records.error().message;
    machine.log.error("the document cache cannot be opened; rows are read from the store",
                      {{"what", fault_}});
    return;
  }
  records_ = std::move(*records);
  cache_ = std::make_unique<cache::FencedCache>(*records_, machine.clock, machine.metrics,
                                                &machine.log, options_of(config, gateway_id));
  async::Loop& loop = machine.loops.at(0);
  async::run_blocking(loop, [&] { return cache_->start(loop); });
}

CacheService::~CacheService() {
  stop(false);
}

Result<std::unique_ptr<cache::RecordStore>> CacheService::open_records(const Config& config) {
  const CacheConfig& options = config.gateway.cache;
  switch (options.kind) {
    case CacheConfig::Kind::kDisk:
      return open_disk(config);
    case CacheConfig::Kind::kAerospike:
      return open_shared(options);
    case CacheConfig::Kind::kMemory:
    case CacheConfig::Kind::kOff:
      break;
  }
  return std::make_unique<cache::MemoryStore>(options.memory_bytes, machine_.clock);
}

Result<std::unique_ptr<cache::RecordStore>> CacheService::open_disk(const Config& config) {
  const CacheConfig& options = config.gateway.cache;
  LAYER_ASSIGN(auto store,
               cache::RocksDbStore::open({.disk = {.directory = config.data_dir / "cache",
                                                   .bytes_max = options.disk_bytes},
                                          .hot_bytes_max = options.memory_bytes},
                                         pool_, machine_.clock, machine_.log));
  disk_ = store.get();
  return store;
}

Result<std::unique_ptr<cache::RecordStore>> CacheService::open_shared(const CacheConfig& options) {
  cache::aerospike::AerospikeOptions reach{.ns = options.aerospike.ns,
                                           .cluster_name = options.aerospike.cluster_name,
                                           .user = options.aerospike.user,
                                           .password = options.aerospike.password};
  for (const std::string& host : options.aerospike.hosts) {
    LAYER_ASSIGN(const auto seeds, cache::aerospike::parse_hosts(host));
    reach.seeds.insert(reach.seeds.end(), seeds.begin(), seeds.end());
  }
  LAYER_ASSIGN(auto store,
               cache::aerospike::open_aerospike(std::move(reach), machine_.loops, &machine_.log));
  aerospike_ = store.get();
  // A cluster that is there is used from the first request on; another is joined when it comes.
  (void)async::run_blocking(machine_.loops.at(0), [this] {
    return aerospike_->connected_by(async::SteadyClock::now() + kConnectTime);
  });
  return store;
}

cache::CacheStatus CacheService::status() const {
  if (cache_ == nullptr) {
    return {.kind = "off", .state = "off", .last_error = fault_};
  }
  return cache_->status();
}

std::string CacheService::feature() const {
  if (!fault_.empty()) {
    return "unavailable:cache";
  }
  return cache_ == nullptr ? "off" : "on";
}

void CacheService::stop(bool clean) {
  if (std::exchange(stopped_, true)) {
    return;
  }
  if (cache_ != nullptr) {
    async::run_blocking(machine_.loops.at(0), [&] { return cache_->stop(clean); });
  }
  pool_.stop();
  close_records(clean);
}

void CacheService::close_records(bool clean) {
  if (aerospike_ != nullptr) {
    aerospike_->stop();
  }
  if (disk_ == nullptr || !clean) {
    return;
  }
  if (const auto closed = disk_->close(); !closed) {
    machine_.log.warn("the document cache was not closed in order and begins empty next time",
                      {{"what", closed.error().message}});
  }
}

}  // namespace layer::app
