// A document cache for tests of who reads through it: it keeps what it is given, counts, and plays
// writes of others. Not a model of the real one: no fences, no time. Thread safety: a lock.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "cache/document_cache.h"

namespace layer::features::documents {

class TestCache final : public cache::DocumentCache {
 public:
  async::Task<std::vector<cache::Found>> find(cache::CachedNamespace ns,
                                              std::vector<wire::Id> ids) override {
    const std::lock_guard lock(mutex_);
    ++finds;
    std::vector<cache::Found> out;
    for (const wire::Id& id : ids) {
      const std::string key = key_of(ns, id);
      const Entry& entry = entries_[key];
      cache::Found found{.lookup = cache::Lookup::kMiss};
      found.ticket = {
          .version = entry.seq, .taken = async::SteadyClock::now(), .may_fill = may_fill};
      if (bypass) {
        found = {.lookup = cache::Lookup::kBypass, .fenced = fenced};
      } else if (entry.filled) {
        found.lookup = entry.row ? cache::Lookup::kHit : cache::Lookup::kAbsent;
        found.row = entry.row;
      }
      out.push_back(std::move(found));
    }
    co_return out;
  }
  async::Task<std::size_t> fill(cache::CachedNamespace ns,
                                std::vector<cache::Fill> fills) override {
    const std::lock_guard lock(mutex_);
    std::size_t kept = 0;
    for (cache::Fill& fill : fills) {
      Entry& entry = entries_[key_of(ns, fill.id)];
      if (entry.seq == fill.ticket.version && fill.ticket.may_fill) {
        entry.filled = true;
        entry.row = std::move(fill.row);
        ++kept;
      }
    }
    filled += kept;
    co_return kept;
  }
  async::Task<std::unique_ptr<cache::WriteFence>> raise(cache::CachedNamespace, cache::FenceScope,
                                                        async::TimePoint) override {
    co_return std::unique_ptr<cache::WriteFence>();
  }
  async::Task<cache::FillTicket> open_ticket(cache::CachedNamespace) override {
    co_return cache::FillTicket();
  }
  async::Task<bool> forget(cache::CachedNamespace) override { co_return true; }
  async::Task<Result<void>> purge(cache::CachedNamespace) override { co_return Result<void>{}; }
  async::Task<std::optional<cache::WarmTicket>> begin_warm(cache::CachedNamespace) override {
    co_return std::optional<cache::WarmTicket>();
  }
  async::Task<bool> certify(cache::CachedNamespace, cache::WarmTicket, std::uint64_t,
                            std::int64_t) override {
    co_return false;
  }
  async::Task<bool> renew(cache::CachedNamespace, std::int64_t) override { co_return false; }
  async::Task<std::optional<cache::Certificate>> certificate(cache::CachedNamespace) override {
    co_return std::optional<cache::Certificate>();
  }
  async::Task<> revoke(cache::CachedNamespace) override { co_return; }
  async::Task<Result<cache::CachedPage>> scan(cache::CachedNamespace, std::string,
                                              std::size_t) override {
    co_return cache::CachedPage{};
  }
  async::Task<Result<std::uint64_t>> count(cache::CachedNamespace) override {
    co_return Result<std::uint64_t>(0);
  }
  bool usable() const override { return !bypass; }
  cache::CacheStatus status() const override { return {.kind = "memory", .state = "on"}; }
  void set_alone(bool) override {}

  // Somebody writes the row: what is cached of it is gone and reads that have begun are too old.
  void write(const cache::CachedNamespace& ns, const wire::Id& id) {
    const std::lock_guard lock(mutex_);
    Entry& entry = entries_[key_of(ns, id)];
    entry = {.seq = entry.seq + 1};
  }
  // Puts bytes there, whatever they are.
  void plant(const cache::CachedNamespace& ns, const wire::Id& id, std::string row) {
    const std::lock_guard lock(mutex_);
    Entry& entry = entries_[key_of(ns, id)];
    entry.filled = true;
    entry.row = std::make_shared<const std::string>(std::move(row));
  }

  bool bypass = false;
  bool fenced = false;  // that is why
  bool may_fill = true;
  std::size_t finds = 0;
  std::size_t filled = 0;

 private:
  struct Entry {
    std::uint64_t seq = 0;
    bool filled = false;
    cache::Bytes row{};
  };
  static std::string key_of(const cache::CachedNamespace& ns, const wire::Id& id) {
    return ns.store + '/' + ns.ns + '/' + std::to_string(ns.incarnation) + '/' +
           std::to_string(id.index()) + wire::to_string(id);
  }

  std::mutex mutex_;
  std::map<std::string, Entry> entries_;
};

}  // namespace layer::features::documents
