#include "app/gateway_config.h"
#include "app/history_wiring.h"

#include <filesystem>

#include <fmt/format.h>

#include "app/embed_wiring.h"
#include "features/freshness/signing_keys.h"

namespace layer::app {
namespace {

using gateway::TimeoutClass;

void read_deadlines(const core::OptionValues& values, gateway::Deadlines& deadlines) {
  deadlines.set(TimeoutClass::kDefault, values.duration("request-timeout"));
  for (const TimeoutClass timeout :
       {TimeoutClass::kWrite, TimeoutClass::kLong, TimeoutClass::kMetadata, TimeoutClass::kSubmit,
        TimeoutClass::kPromql}) {
    deadlines.set(timeout, values.duration(fmt::format("timeout.{}", gateway::name(timeout))));
  }
}

void read_remote(const core::OptionValues& values, GatewayConfig& config) {
  config.stores = {.store_file = values.text("store-file"),
                   .store_json = values.text("store-json"),
                   .upstream = values.text("upstream"),
                   .region = values.text("region"),
                   .upstream_key = values.text("upstream-key")};
  store::RemoteOptions& remote = config.remote;
  remote.connect_time_max = values.duration("upstream-connect-timeout");
  remote.progress_time_max = values.duration("upstream-idle-timeout");
  remote.connections_max = values.number("upstream-connections");
  remote.in_flight_max = values.number("max-inflight");
  remote.retry_plain = *store::parse_retry_plain(values.text("retry-plain"));
  remote.breaker = values.text("breaker") == "on";
}

CacheConfig read_cache(const core::OptionValues& values, std::vector<Error>& faults) {
  using Kind = CacheConfig::Kind;
  CacheConfig cache{.memory_bytes = values.number("cache-size"),
                    .disk_bytes = values.number("cache-disk-size"),
                    .strict = values.text("cache-strict") == "on"};
  cache.aerospike = {.hosts = values.list("aerospike-hosts"),
                     .ns = values.text("aerospike-namespace"),
                     .set_prefix = values.text("aerospike-set-prefix"),
                     .cluster_name = values.text("aerospike-cluster-name"),
                     .user = values.text("aerospike-user"),
                     .password = values.text("aerospike-password")};
  const std::string kind = values.text("cache");
  const bool has_hosts = !cache.aerospike.hosts.empty();
  if (kind == "aerospike" || (kind == "auto" && has_hosts)) {
    cache.kind = Kind::kAerospike;
  } else if (kind == "disk" || kind == "auto") {
    cache.kind = Kind::kDisk;
  } else if (kind == "memory") {
    cache.kind = Kind::kMemory;
  }
  if (cache.kind == Kind::kAerospike && !has_hosts) {
    faults.push_back({.code = ErrorCode::kInvalidArgument,
                      .message = "--cache: aerospike needs --aerospike-hosts"});
  }
  return cache;
}

std::string resources_directory(const std::string& text, std::vector<Error>& faults) {
  if (text.empty() || text == "off") {
    return {};
  }
  std::error_code ec;
  if (!std::filesystem::is_directory(text, ec)) {
    faults.push_back(
        {.code = ErrorCode::kInvalidArgument,
         .message = fmt::format("--resources: '{}' is no directory; give one, or off", text)});
  }
  return text;
}

}  // namespace

GatewayConfig make_gateway_config(const core::OptionValues& values, bool serves,
                                  std::vector<Error>& faults) {
  GatewayConfig config;
  if (serves) {
    read_remote(values, config);
  }
  config.auth = *gateway::parse_auth_setting(values.text("auth"));
  config.allow_open = values.flag("allow-open");
  config.keys_file = values.text("keys-file");
  config.cursor_key = values.text("cursor-key");
  if (!config.cursor_key.empty()) {
    const auto signer = features::freshness::signer_from_option(config.cursor_key);
    if (!signer) {
      faults.push_back({.code = ErrorCode::kInvalidArgument,
                        .message = "--cursor-key: " + signer.error().message});
    }
  }
  config.resources_dir = resources_directory(values.text("resources"), faults);
  config.supervisor = values.text("supervisor") == "on";
  config.index_config = values.flag("index-config");
  config.index_gc = values.flag("index-gc");
  config.stamp = values.text("stamp") == "on";
  config.hide_reserved = values.text("reserved") == "hide";
  config.cors_origins = values.list("cors-origins");
  if (auto allowed = features::functions::PushAddresses::parse(values.list("push-allow"))) {
    config.push_allow = std::move(*allowed);
  } else {
    faults.push_back({.code = ErrorCode::kInvalidArgument,
                      .message = "--push-allow: " + allowed.error().message});
  }
  read_deadlines(values, config.deadlines);
  config.in_flight_max = values.number("max-inflight");
  config.write_buffer_bytes = values.number("write-buffer");
  config.list_cache_ttl = std::chrono::milliseconds(values.number("list-cache-ttl-ms"));
  config.state_ttl = values.duration("state-ttl");
  config.federated_namespaces_max = values.number("federated-query-max-namespaces");
  config.federated_threads = values.number("federated-query-namespace-threads");
  config.watch = {
      .namespaces_max = values.number("watch-max"),
      .poll_interval = std::chrono::milliseconds(values.number("watch-interval-ms")),
      .stable_poll_interval = std::chrono::milliseconds(values.number("watch-stable-interval-ms")),
      .safety_margin_ms = static_cast<std::int64_t>(values.number("watch-margin-ms"))};
  config.init_batch_size = values.number("init-backfill-batch-size");
  config.init_pages_per_second = values.number("init-backfill-rps");
  config.cache = read_cache(values, faults);
  config.queue = read_queue_config(values, faults);
  config.job_ttl = values.duration("job-ttl");
  config.job_slots = values.number("job-slots");
  config.objects = read_object_config(values, faults);
  config.snapshots = {
      .facet_fields = values.list("facet-fields"),
      .interval = std::chrono::milliseconds(values.number("snapshot-min-interval-ms")),
      .refresh = std::chrono::milliseconds(values.number("facet-refresh-ms"))};
  config.embed = read_embed_config(values, faults);
  config.history = read_history_config(values);
  return config;
}

}  // namespace layer::app
