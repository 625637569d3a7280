// The kinds of resources as typed values: what the rest of the program reads after validation, with
// every default filled in. Names, types, defaults and bounds are declared once, in the kind_*.cc.
// Thread safety: plain values. Units: durations in milliseconds, kNever for "never".
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace layer::resources {

inline constexpr std::chrono::milliseconds kNever = std::chrono::milliseconds::max();

using Labels = std::map<std::string, std::string, std::less<>>;

// Names a secret's key; the value lives outside the resources (secrets.h).
struct SecretRef {
  std::string name;
  std::string key;
  bool operator==(const SecretRef&) const = default;
};

struct InboundKey {
  std::string name;
  std::vector<std::string> scopes;  // "read", "write", "admin"
  SecretRef secret_ref;
  bool operator==(const InboundKey&) const = default;
};

enum class InboundMode : std::uint8_t { kDeriveFromStore, kKeys, kOpen };

struct InboundAuth {
  InboundMode mode = InboundMode::kDeriveFromStore;
  std::vector<InboundKey> keys;
  bool operator==(const InboundAuth&) const = default;
};

struct VectorStoreSpec {
  std::string kind;  // "turbopuffer", "embedded", or what this version does not support
  std::string url;
  std::string region;
  bool is_default = false;
  std::optional<SecretRef> credential;
  InboundAuth inbound_auth;
  std::string org_id;
  std::string rate_card;
  bool operator==(const VectorStoreSpec&) const = default;
};

struct IndexSpec {
  struct Cache {
    std::chrono::milliseconds ttl{};
    bool staging = false;
    std::optional<std::uint64_t> cap_gib;
    bool writers_gateway_only = false;
  };
  struct Embedding {
    std::string model;
    std::string normalization;
    std::optional<std::uint32_t> output_dim;
  };
  struct Redaction {
    std::string pattern;
    std::string replace;
  };
  enum class History : std::uint8_t { kAll, kTagged, kOff };

  std::string store;               // empty: the default store
  std::string physical_namespace;  // never empty: the object's name unless the spec names another
  std::string distance_metric;
  bool stable = false;  // consistency: stable
  bool stamp = true;
  std::optional<Cache> cache;
  std::vector<std::string> facet_fields;
  std::chrono::milliseconds snapshot_interval{};
  std::chrono::milliseconds snapshot_retention = kNever;
  std::uint32_t scan_threads = 8;
  std::optional<Embedding> embedding;
  std::vector<std::string> blob_attributes;
  History history = History::kAll;
  std::chrono::milliseconds history_retention = kNever;
  std::vector<Redaction> history_redact;
  std::vector<std::string> history_presets;
  std::vector<std::string> history_drop;
  Labels labels;  // of spec.metadata: what lists show and function selectors match
  Labels annotations;
  std::vector<std::string> tags;
};

struct WorkerSpec {
  std::string image;
  std::vector<std::string> command;
  std::uint32_t batch_size = 32;
  std::string compute_class = "cpu";
  bool push = false;
  std::optional<std::uint16_t> port;
  std::uint32_t timeout_seconds = 30;
  std::string url;
  std::string pod_spec_json;  // empty, or a strategic merge patch
};

enum class ScalingMode : std::uint8_t { kAutoscale, kFixed, kDisabled };

struct ScalingSpec {
  std::string pool;  // never empty: the compute class when the spec names none
  ScalingMode mode = ScalingMode::kAutoscale;
  std::uint32_t replicas_min = 0;
  std::uint32_t replicas_max = 0;
  std::uint32_t warm_window_seconds = 300;
  std::uint32_t target_queue_depth = 0;  // never 0 in a spec: four batches when it names none
};

struct ScheduleSpec {
  std::string cron;  // empty: no cron window
  std::uint32_t discovery_interval_seconds = 60;
  std::uint32_t lease_seconds = 120;
  std::uint32_t max_concurrent_scans = 4;
  std::uint32_t max_in_flight_batches = 8;
};

struct PipelineSpec {
  std::string target_namespace;
  WorkerSpec worker;
  ScalingSpec scaling;
  std::string pipeline_id;  // never empty: the object's name unless the spec names another
  bool paused = false;
  std::string source_ref_json;  // empty or JSON
  bool scheduled = false;       // the spec has a schedule
  ScheduleSpec schedule;
};

struct FunctionSpec {
  WorkerSpec worker;
  ScalingSpec scaling;
  Labels index_selector;
  std::vector<std::string> target_namespaces;
  std::vector<std::string> inputs;
  std::string version = "v1";
  std::string filter_json;  // empty or JSON
  ScheduleSpec schedule;
  std::uint32_t retry_attempts_max = 8;
  std::uint32_t retry_initial_seconds = 5;
  std::uint32_t retry_max_seconds = 300;
  bool on_discovery = true;  // triggers
  bool on_write = false;
  bool on_schedule = false;
  std::vector<std::string> invalidates;
  std::string output_vector_attribute;
  bool paused = false;
};

struct InfraRulesSpec {
  struct Pool {
    std::string name;
    std::string kind;  // "cpu" or "gpu"
    std::string gpu_type;
    Labels node_selector;
    std::string tolerations_json;
    Labels requests;  // quantities
    Labels limits;
    std::uint32_t max_replicas_per_workload = 0;
  };
  std::vector<Pool> pools;  // the stock ones when the spec names none
  std::uint64_t cache_cap_gib = 256;
  std::uint32_t cache_replication_factor = 1;
  bool cache_autoscale = true;
  std::uint32_t cache_nodes_min = 0;
  std::uint32_t cache_nodes_max = 1;
};

struct WarehouseSpec {
  struct Auth {
    bool in_query = false;  // otherwise in a header
    std::string name;
    SecretRef secret_ref;
  };
  struct Rest {
    std::string base_url;
    std::optional<Auth> auth;
    std::optional<double> requests_per_second;
    std::string user_agent;
    std::string verify_path;
    Labels verify_query;
  };
  std::string kind;
  std::chrono::milliseconds verify_interval{};
  std::string rss_user_agent;
  std::optional<Rest> rest;
};

struct ApiKeySpec {
  struct Grant {
    std::vector<std::string> scopes;
    std::vector<std::string> namespaces;  // globs; empty: all
    std::vector<std::string> claims;
  };
  std::string owner;
  std::string description;
  std::map<std::string, Grant, std::less<>> entitlements;  // by target
  std::chrono::milliseconds expires_after = kNever;
};

// In the order of AnySpec.
enum class Kind : std::uint8_t {
  kVectorStore,
  kIndex,
  kPipeline,
  kFunction,
  kInfraRules,
  kWarehouse,
  kApiKey,
};
inline constexpr std::size_t kKindCount = 7;

using AnySpec = std::variant<VectorStoreSpec, IndexSpec, PipelineSpec, FunctionSpec, InfraRulesSpec,
                             WarehouseSpec, ApiKeySpec>;
static_assert(std::variant_size_v<AnySpec> == kKindCount);

std::string_view kind_name(Kind kind);  // "VectorStore"
// "VectorStore", "vectorstore" or "vectorstores": as people name kinds in paths and commands.
std::optional<Kind> parse_kind(std::string_view text);
std::string_view api_version(Kind kind);  // "hevlayer.com/v1alpha1"

}  // namespace layer::resources
