// The document cache of one process: which kind, where it keeps its records, when it joins those
// who share it and how it ends. A cache that cannot be opened is said in the log, and the gateway
// goes on without: every read then comes from the store. Thread safety: cache() and status() from
// any thread; the rest from the owner's.
#pragma once

#include <memory>
#include <string>

#include "app/config.h"
#include "app/machine.h"
#include "cache/aerospike/aerospike_store.h"
#include "cache/fenced_cache.h"
#include "cache/rocksdb/rocksdb_store.h"

namespace layer::app {

class CacheService {
 public:
  // Blocks while it opens files and joins. `gateway_id` is unique among those that share the cache.
  CacheService(const Config& config, Machine& machine, std::uint64_t gateway_id);
  ~CacheService();
  CacheService(const CacheService&) = delete;
  CacheService& operator=(const CacheService&) = delete;

  // Null: off, or it could not be opened.
  cache::DocumentCache* cache() { return cache_.get(); }
  // What it keeps its records in; null as cache().
  cache::RecordStore* records() { return records_.get(); }
  // Other gateways' writes are seen in it.
  bool shared() const { return records_ != nullptr && records_->shared(); }
  cache::CacheStatus status() const;
  // "on", "off" or "unavailable:<reason>".
  std::string feature() const;

  // Before the loops end, after the last request. `clean`: every write of this process has ended,
  // so that what is on disk may be used by the next one. Idempotent.
  void stop(bool clean);

 private:
  Result<std::unique_ptr<cache::RecordStore>> open_records(const Config& config);
  Result<std::unique_ptr<cache::RecordStore>> open_disk(const Config& config);
  Result<std::unique_ptr<cache::RecordStore>> open_shared(const CacheConfig& options);
  void close_records(bool clean);

  Machine& machine_;
  async::CpuPool pool_;
  std::unique_ptr<cache::RecordStore> records_;
  // What records_ is, where it must be ended.
  cache::RocksDbStore* disk_ = nullptr;
  cache::aerospike::AerospikeStore* aerospike_ = nullptr;
  std::unique_ptr<cache::FencedCache> cache_;
  std::string fault_;
  bool stopped_ = false;
};

}  // namespace layer::app
