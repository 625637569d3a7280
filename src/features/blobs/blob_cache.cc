#include "features/blobs/blob_cache.h"

#include <utility>

namespace layer::features::blobs {

std::string blob_set(std::string_view ns) {
  return "blob_" + std::string(ns);
}

async::Task<BlobCache::Looked> BlobCache::get(BlobRef ref) {
  if (records_ == nullptr) {
    co_return Looked{};
  }
  std::vector<std::string> keys{std::move(ref.sha256)};
  auto found = co_await records_->get(blob_set(ref.ns), std::move(keys),
                                      cache::BinSet{}.with(cache::Bin::kBody));
  if (!found) {
    co_return Looked{};
  }
  Looked looked{.usable = true};
  if (!found->empty() && found->front()) {
    looked.bytes = found->front()->bins[static_cast<std::size_t>(cache::Bin::kBody)];
  }
  co_return looked;
}

async::Task<bool> BlobCache::put(BlobRef ref, cache::Bytes bytes) {
  if (records_ == nullptr) {
    co_return false;
  }
  cache::Put put{.key = std::move(ref.sha256)};
  put.bins[static_cast<std::size_t>(cache::Bin::kBody)] = std::move(bytes);
  std::vector<cache::Put> puts;
  puts.push_back(std::move(put));
  const auto outcomes = co_await records_->put(blob_set(ref.ns), std::move(puts));
  co_return outcomes && !outcomes->empty() &&
      outcomes->front().kind == cache::PutOutcome::Kind::kDone;
}

async::Task<Result<void>> BlobCache::forget(std::string ns) {
  if (records_ == nullptr) {
    co_return Result<void>{};
  }
  co_return co_await records_->truncate(blob_set(ns));
}

}  // namespace layer::features::blobs
