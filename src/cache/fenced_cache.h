// The document cache over any record store: DocumentCache's promises kept by fences. README.md has
// the protocol and why it holds.
// Thread safety: as DocumentCache. The record store, the clock, the metrics and the logger outlive
// it. Cost of a hit: two calls of the record store, one hash of the row.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "async/task_group.h"
#include "cache/cache_core.h"
#include "cache/document_cache.h"
#include "cache/lookup_tally.h"
#include "core/loop_mark.h"

namespace layer::cache {

class FencedCache final : public DocumentCache {
 public:
  FencedCache(RecordStore& records, const core::Clock& clock, core::Metrics& metrics,
              core::Logger* logger, CacheOptions options);

  // Joins those who share the cache, as far as it can be reached, and goes on until stop().
  // Reads are bypassed before the first call.
  async::Task<> start(async::Loop& loop);
  // Both on the loop of start(). `clean`: no write of this process is unsettled, so that a cache
  // that survives it may be used by the next one.
  async::Task<> stop(bool clean);
  // One turn of what start() repeats; for tests that turn the clock themselves.
  async::Task<> tick() { return core_.members.tick(); }

  async::Task<std::vector<Found>> find(CachedNamespace ns, std::vector<wire::Id> ids) override;
  async::Task<FillTicket> open_ticket(CachedNamespace ns) override;
  async::Task<std::size_t> fill(CachedNamespace ns, std::vector<Fill> fills) override;
  async::Task<std::unique_ptr<WriteFence>> raise(CachedNamespace ns, FenceScope scope,
                                                 async::TimePoint deadline) override;
  async::Task<bool> forget(CachedNamespace ns) override;
  async::Task<Result<void>> purge(CachedNamespace ns) override;
  async::Task<std::optional<WarmTicket>> begin_warm(CachedNamespace ns) override;
  async::Task<bool> certify(CachedNamespace ns, WarmTicket ticket, std::uint64_t rows,
                            std::int64_t watermark_ms) override;
  async::Task<bool> renew(CachedNamespace ns, std::int64_t watermark_ms) override;
  async::Task<std::optional<Certificate>> certificate(CachedNamespace ns) override;
  async::Task<> revoke(CachedNamespace ns) override;
  async::Task<Result<CachedPage>> scan(CachedNamespace ns, std::string cursor,
                                       std::size_t limit) override;
  async::Task<Result<std::uint64_t>> count(CachedNamespace ns) override;
  bool usable() const override;
  CacheStatus status() const override;
  void set_alone(bool alone) override { core_.members.set_alone(alone); }

 private:
  async::Task<> run();
  async::Task<> look_up(const CachedNamespace& ns, const std::vector<wire::Id>& ids,
                        std::vector<Found>& found);
  // Rows of one batch, and the state they are judged by, which is read again with the certificate
  // when only that could vouch for one of them.
  async::Task<Result<std::vector<RowRecord>>> read_batch(const CachedNamespace& ns,
                                                         std::vector<std::string> keys,
                                                         std::uint64_t epoch,
                                                         NamespaceState& state);
  // Whether a certificate was of use to a namespace of that name before.
  std::atomic<bool>& asks_certificate(std::string_view ns) {
    return asks_certificate_[std::hash<std::string_view>()(ns) % asks_certificate_.size()];
  }
  Found look_at(const CachedNamespace& ns, const NamespaceState& state, std::uint64_t epoch,
                RowRecord row) const;
  FillTicket ticket(const CachedNamespace& ns, const NamespaceState& state,
                    std::uint64_t epoch) const;
  async::Task<std::size_t> fill_batch(const CachedNamespace& ns, const NamespaceState& state,
                                      std::vector<Fill> fills);
  bool still_holds(const FillTicket& ticket, const NamespaceState& state,
                   std::uint64_t epoch) const;
  async::Task<bool> certified(const CachedNamespace& ns, const NamespaceState& state,
                              std::uint64_t epoch);

  CacheCore core_;
  LookupTally lookups_;
  core::LoopMark member_;  // of turns after which the gateway is a member of the cache
  std::array<std::atomic<bool>, 256> asks_certificate_{};
  std::optional<async::TaskGroup> group_;
};

}  // namespace layer::cache
