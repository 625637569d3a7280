// What was recorded, in memory, and shown from there. Thread safety: one lock.
#pragma once

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include "features/history/reader.h"
#include "features/history/recorder.h"

namespace layer::gateway {

class MemoryHistory final : public features::history::Recorder, public features::history::Reader {
 public:
  using QueryEntry = features::history::QueryEntry;
  using Click = features::history::Click;
  using Stored = features::history::Stored;
  using Position = features::history::Position;

  void record(QueryEntry entry) noexcept override {
    const std::lock_guard lock(mutex_);
    queries_.push_back(std::move(entry));
  }
  void record(Click click) noexcept override {
    const std::lock_guard lock(mutex_);
    clicks_.push_back(std::move(click));
  }
  std::vector<QueryEntry> queries() const {
    const std::lock_guard lock(mutex_);
    return queries_;
  }
  std::vector<Click> clicks() const {
    const std::lock_guard lock(mutex_);
    return clicks_;
  }

  async::Task<Result<features::history::Page>> newest(std::string ns,
                                                      features::history::RecordKind kind,
                                                      features::history::Selection selection,
                                                      std::optional<Position> before,
                                                      std::size_t limit) override {
    asked_ns = ns;
    asked = selection;
    features::history::Page page;
    for (const Stored& record : stored) {  // newest first
      const bool older = !before || std::pair(record.timestamp_ns, record.query_id) <
                                        std::pair(before->timestamp_ns, before->query_id);
      if (record.kind != kind || !older) {
        continue;
      }
      if (page.records.size() == limit) {
        page.next = Position{.timestamp_ns = page.records.back().timestamp_ns,
                             .query_id = page.records.back().query_id};
        break;
      }
      page.records.push_back(record);
    }
    co_return page;
  }
  async::Task<Result<features::history::ScanEnd>> scan(
      std::string, features::history::TimeRange, features::history::ScanLimits,
      std::function<bool(const Stored&)> told) override {
    std::uint64_t records = 0;
    for (const Stored& record : stored) {
      ++records;
      if (!told(record)) {
        break;
      }
    }
    co_return features::history::ScanEnd{.records = records};
  }
  std::optional<Recorded> find(std::string_view query_id) const override {
    const std::lock_guard lock(mutex_);
    for (const QueryEntry& entry : queries_) {
      if (entry.who.query_id == query_id) {
        return Recorded{.ns = entry.ns, .top_ids = entry.top_ids};
      }
    }
    return std::nullopt;
  }

  std::vector<Stored> stored;
  std::string asked_ns;
  features::history::Selection asked;

 private:
  mutable std::mutex mutex_;
  std::vector<QueryEntry> queries_;
  std::vector<Click> clicks_;
};

}  // namespace layer::gateway
