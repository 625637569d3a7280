// A document cache for tests of warms: it keeps what it is filled with and fails as it is told.
// Thread safety: a lock.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "cache/document_cache.h"

namespace layer::features::warm {

class WarmTestCache final : public cache::DocumentCache {
 public:
  async::Task<std::vector<cache::Found>> find(cache::CachedNamespace,
                                              std::vector<wire::Id> ids) override {
    co_return std::vector<cache::Found>(ids.size());
  }
  async::Task<cache::FillTicket> open_ticket(cache::CachedNamespace) override {
    co_return cache::FillTicket{.generation = generation, .any_row = true, .may_fill = true};
  }
  async::Task<std::size_t> fill(cache::CachedNamespace, std::vector<cache::Fill> fills) override {
    if (before_fill) {
      before_fill();
    }
    const std::lock_guard lock(mutex_);
    fill_calls.push_back(fills.size());
    std::size_t kept = 0;
    for (cache::Fill& fill : fills) {
      if (fail_fills > 0) {
        --fail_fills;
        continue;
      }
      rows[fill.id] = *fill.row;
      ++kept;
    }
    co_return kept;
  }
  async::Task<std::unique_ptr<cache::WriteFence>> raise(cache::CachedNamespace, cache::FenceScope,
                                                        async::TimePoint) override {
    co_return std::unique_ptr<cache::WriteFence>();
  }
  async::Task<bool> forget(cache::CachedNamespace) override { co_return true; }
  async::Task<Result<void>> purge(cache::CachedNamespace) override { co_return Result<void>{}; }
  async::Task<std::optional<cache::WarmTicket>> begin_warm(cache::CachedNamespace) override {
    co_return usable() ? std::optional(cache::WarmTicket{.epoch = epoch, .generation = generation})
                       : std::nullopt;
  }
  async::Task<bool> certify(cache::CachedNamespace ns, cache::WarmTicket ticket,
                            std::uint64_t count, std::int64_t watermark_ms) override {
    ++certify_calls;
    if (ticket.epoch != epoch || ticket.generation != generation) {
      co_return false;
    }
    issued = cache::Certificate{.epoch = epoch,
                                .generation = generation,
                                .watermark_ms = watermark_ms,
                                .rows = count,
                                .certified = ns.writers_gateway_only};
    co_return true;
  }
  async::Task<bool> renew(cache::CachedNamespace, std::int64_t) override { co_return false; }
  async::Task<std::optional<cache::Certificate>> certificate(cache::CachedNamespace) override {
    co_return issued;
  }
  async::Task<> revoke(cache::CachedNamespace) override { co_return; }
  async::Task<Result<cache::CachedPage>> scan(cache::CachedNamespace, std::string,
                                              std::size_t) override {
    co_return cache::CachedPage{};
  }
  async::Task<Result<std::uint64_t>> count(cache::CachedNamespace) override {
    const std::lock_guard lock(mutex_);
    ++count_calls;
    co_return rows.size();
  }
  bool usable() const override { return is_usable; }
  cache::CacheStatus status() const override {
    return {.kind = "memory", .state = "on", .epoch = epoch};
  }
  void set_alone(bool) override {}

  std::atomic<bool> is_usable{true};
  std::atomic<std::uint64_t> epoch{1};
  std::atomic<std::uint64_t> generation{1};
  std::atomic<std::size_t> fail_fills{0};  // of the next rows, so many are not kept
  std::function<void()> before_fill{};
  std::map<wire::Id, std::string> rows{};
  std::vector<std::size_t> fill_calls{};
  int certify_calls = 0;
  int count_calls = 0;
  std::optional<cache::Certificate> issued{};

 private:
  std::mutex mutex_;
};

}  // namespace layer::features::warm
