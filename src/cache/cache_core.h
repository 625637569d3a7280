// What the parts of the fenced cache share. Thread safety: all of it.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "cache/document_cache.h"
#include "cache/guarded_store.h"
#include "cache/membership.h"
#include "cache/namespace_fences.h"
#include "cache/row_records.h"
#include "core/log.h"

namespace layer::cache {

// Rules that tests take away, one at a time, to see that the history checker misses them.
enum class Rule : std::uint8_t {
  kEpoch,          // rows of another epoch are not served
  kGeneration,     // nor of another generation
  kLease,          // rows being written are neither served nor filled
  kFillVersion,    // a fill finds the record as it was before the origin read
  kSettleVersion,  // a write fills its row only if nobody else wrote it
  kInvalidate,     // rows that a filter touched are not known any more
  kLapseWait,      // an unfenced write waits until others distrust this gateway
  kLapsedMember,   // and they do
};

struct RuleSet {
  std::uint32_t without = 0;
  static RuleSet all() { return {}; }
  static RuleSet all_but(Rule rule) { return {.without = 1U << static_cast<unsigned>(rule)}; }
  bool has(Rule rule) const { return (without >> static_cast<unsigned>(rule) & 1U) == 0; }
};

struct CacheOptions {
  std::string gateway = "local";     // unique among those that share the cache
  std::uint64_t gateway_number = 0;  // of stamps and leases
  bool strict = true;                // --cache-strict
  std::string set_prefix = "tpuf_";
  GuardedStore::Limits limits{};
  std::chrono::milliseconds stray{30'000};  // Membership::Options::stray
  Membership::Sleep sleep{};                // empty: by the system's clock
  RuleSet rules{};                          // for tests
};

struct CacheCore {
  CacheCore(RecordStore& records, const core::Clock& clock, core::Metrics& metrics,
            core::Logger* logger, CacheOptions options);

  std::string documents(const CachedNamespace& ns) const;
  // Rows as they are, at most kBatchMax keys.
  async::Task<Result<std::vector<RowRecord>>> read_rows(std::string set,
                                                        std::vector<std::string> keys,
                                                        bool with_bodies);
  // Counts a damaged record; the log hears of it once a minute.
  void note_damage(std::string_view set, std::string_view key);
  // When a row put now is no longer served.
  std::int64_t expiry(const CachedNamespace& ns, RowState state, std::int64_t now_ms) const;

  const CacheOptions options;
  const core::Clock& clock;
  core::Metrics& metrics;
  core::Logger* const logger;
  GuardedStore store;
  NamespaceFences fences;
  Membership members;

 private:
  std::mutex damage_mutex_;
  std::optional<async::TimePoint> damage_logged_;
  std::uint64_t damage_unlogged_ = 0;
};

}  // namespace layer::cache
