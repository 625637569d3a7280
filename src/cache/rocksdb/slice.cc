#include "cache/rocksdb/slice.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace layer::cache {

Slice::~Slice() {
  db_.DestroyColumnFamilyHandle(handle_);
}

std::string Slice::family_name(std::uint32_t id) {
  return id == kHeldSlice ? rocksdb::kDefaultColumnFamilyName : fmt::format("slice-{}", id);
}

std::uint64_t Slice::physical_bytes() const {
  std::uint64_t files = 0;
  std::uint64_t tables = 0;
  db_.GetIntProperty(handle_, rocksdb::DB::Properties::kLiveSstFilesSize, &files);
  db_.GetIntProperty(handle_, rocksdb::DB::Properties::kCurSizeAllMemTables, &tables);
  return files + tables;
}

std::uint64_t Slice::live_bytes() const {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, live_bytes_.load()));
}

void Slice::add(std::string_view set, std::size_t bytes, DiskTime expires_ms, DiskTime now) {
  live_bytes_ += static_cast<std::int64_t>(bytes);
  const std::lock_guard lock(mutex_);
  last_put_ms_ = std::max(last_put_ms_.load(), now);
  auto at = shares_.find(set);
  if (at == shares_.end()) {
    at = shares_.emplace(set, SetShare{}).first;
  }
  ++at->second.records;
  at->second.min_expires_ms = std::min(at->second.min_expires_ms, expires_ms);
}

void Slice::take(std::string_view set, std::size_t bytes) {
  live_bytes_ -= static_cast<std::int64_t>(bytes);
  const std::lock_guard lock(mutex_);
  const auto at = shares_.find(set);
  if (at != shares_.end() && --at->second.records <= 0) {
    shares_.erase(at);
  }
}

void Slice::take_all(std::string_view set) {
  const std::lock_guard lock(mutex_);
  if (const auto at = shares_.find(set); at != shares_.end()) {
    shares_.erase(at);
  }
}

SetShare Slice::share(std::string_view set) const {
  const std::lock_guard lock(mutex_);
  const auto at = shares_.find(set);
  return at == shares_.end() ? SetShare{} : at->second;
}

void Slice::forget_expiry(std::string_view set) {
  const std::lock_guard lock(mutex_);
  if (const auto at = shares_.find(set); at != shares_.end()) {
    at->second.min_expires_ms = kNever;
  }
}

void Slice::lower_expiry(std::string_view set, DiskTime expires_ms) {
  const std::lock_guard lock(mutex_);
  if (const auto at = shares_.find(set); at != shares_.end()) {
    at->second.min_expires_ms = std::min(at->second.min_expires_ms, expires_ms);
  }
}

std::map<std::string, SetShare> Slice::shares() const {
  const std::lock_guard lock(mutex_);
  return {shares_.begin(), shares_.end()};
}

void Slice::restore(std::map<std::string, SetShare> shares, DiskTime last_put_ms,
                    std::int64_t bytes) {
  const std::lock_guard lock(mutex_);
  shares_ = {shares.begin(), shares.end()};
  last_put_ms_ = last_put_ms;
  live_bytes_ = bytes;
}

}  // namespace layer::cache
