// Locks and pins of DiskRecords that its parts share. Included by disk_*.cc only.
// Thread safety: each object belongs to one thread.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "cache/rocksdb/disk_records.h"

namespace layer::cache {

// Some stripes, locked in their order, so that two who lock several never wait for each other.
class DiskRecords::StripeLocks {
 public:
  StripeLocks(DiskRecords& records, std::vector<std::size_t> stripes)
      : records_(records), stripes_(std::move(stripes)) {
    std::ranges::sort(stripes_);
    const auto repeated = std::ranges::unique(stripes_);
    stripes_.erase(repeated.begin(), repeated.end());
    for (const std::size_t at : stripes_) {
      records_.stripes_[at].mutex.lock();
      ++records_.stripes_[at].sequence;
    }
  }
  ~StripeLocks() {
    for (const std::size_t at : stripes_) {
      ++records_.stripes_[at].sequence;
      records_.stripes_[at].mutex.unlock();
    }
  }
  StripeLocks(const StripeLocks&) = delete;
  StripeLocks& operator=(const StripeLocks&) = delete;

 private:
  DiskRecords& records_;
  std::vector<std::size_t> stripes_;
};

// The newest slice, which is not dropped while it is pinned.
class DiskRecords::Pin {
 public:
  explicit Pin(DiskRecords& records) {
    for (;;) {
      slice_ = records.topology()->slices.back();
      ++slice_->writers;
      if (!slice_->closed) {
        return;
      }
      --slice_->writers;
    }
  }
  ~Pin() { --slice_->writers; }
  Pin(const Pin&) = delete;
  Pin& operator=(const Pin&) = delete;
  const SlicePtr& slice() const { return slice_; }

 private:
  SlicePtr slice_;
};

}  // namespace layer::cache
