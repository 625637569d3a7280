// What `layer serve` and `layer up` take beyond what every server takes. Thread safety: values.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/object_config.h"
#include "app/queue_config.h"
#include "core/options.h"
#include "features/embed/model_spec.h"
#include "features/functions/push_addresses.h"
#include "features/watcher/watch_table.h"
#include "gateway/auth/auth_policy.h"
#include "gateway/deadlines.h"
#include "resources/store_config.h"
#include "store/turbopuffer/remote_options.h"

namespace layer::app {

struct CacheConfig {
  enum class Kind : std::uint8_t { kOff, kMemory, kDisk, kAerospike };
  Kind kind = Kind::kOff;
  std::uint64_t memory_bytes = 0;
  std::uint64_t disk_bytes = 0;
  bool strict = true;
  struct Aerospike {
    std::vector<std::string> hosts;
    std::string ns;
    std::string set_prefix;
    std::string cluster_name;
    std::string user;
    std::string password;
  };
  Aerospike aerospike{};
};

// Snapshots that are taken by themselves.
struct SnapshotConfig {
  std::vector<std::string> facet_fields{};  // of namespaces that nobody speaks for
  std::chrono::milliseconds interval{};
  std::chrono::milliseconds refresh{};
};

// Models that this gateway serves, and vectors it keeps for equal texts.
struct EmbedConfig {
  std::vector<features::embed::ModelSpec> models{};
  std::chrono::milliseconds cache_ttl{};
  std::uint64_t cache_bytes_max = 0;
};

// Searches and clicks that are kept.
struct HistoryConfig {
  bool on = true;
  std::chrono::milliseconds fsync_every{};
  std::chrono::milliseconds flush_every{};
  std::uint64_t spool_bytes_max = 0;
};

struct GatewayConfig {
  resources::StoreOptions stores;
  store::RemoteOptions remote;  // limits and repetition; name, address and credential are a store's
  gateway::AuthSetting auth = gateway::AuthSetting::kDeriveFromStore;
  bool allow_open = false;
  std::string keys_file;
  std::string cursor_key;
  std::string resources_dir;  // empty: none
  bool supervisor = true;
  bool index_config = true;
  bool index_gc = false;
  bool stamp = true;
  bool hide_reserved = true;
  std::vector<std::string> cors_origins;
  features::functions::PushAddresses push_allow{};
  gateway::Deadlines deadlines;
  std::size_t in_flight_max = 4096;
  std::uint64_t write_buffer_bytes = 0;
  std::chrono::milliseconds list_cache_ttl{};
  std::chrono::milliseconds state_ttl{};
  std::size_t federated_namespaces_max = 512;
  std::size_t federated_threads = 16;
  features::watcher::WatchOptions watch;
  std::size_t init_batch_size = 0;
  std::size_t init_pages_per_second = 0;  // 0: no pause
  CacheConfig cache;
  QueueConfig queue;
  std::chrono::milliseconds job_ttl{};
  std::size_t job_slots = 0;
  ObjectConfig objects;
  SnapshotConfig snapshots;
  EmbedConfig embed;
  HistoryConfig history;
};

// `values` are those of serve or up, checked already; `serves` is true for serve. Adds what is
// wrong to `faults`.
GatewayConfig make_gateway_config(const core::OptionValues& values, bool serves,
                                  std::vector<Error>& faults);

}  // namespace layer::app
