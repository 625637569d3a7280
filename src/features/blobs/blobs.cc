#include "features/blobs/blobs.h"

#include <memory>
#include <utility>

#include <fmt/format.h>

#include "features/blobs/blob_hash.h"
#include "features/blobs/content_type.h"
#include "features/namespaces/layout.h"

namespace layer::features::blobs {
namespace {

const core::MetricSpec kMismatches{
    .name = "layer_blob_mismatches_total",
    .kind = core::MetricKind::kCounter,
    .help = "blobs read from the object store whose bytes are not what their name says",
    .labels = "namespace"};

std::unexpected<Error> no_object_store() {
  return fail(ErrorCode::kObjectStoreNotConfigured,
              "blobs are kept in the object store, which is switched off here");
}

std::unexpected<Error> no_blob(const BlobRef& ref) {
  return fail(ErrorCode::kNotFound,
              fmt::format("no blob {} in namespace '{}'", ref.sha256, ref.ns));
}

// What a failure of the object store is to a caller.
std::unexpected<Error> failed(Error error) {
  if (error.code == ErrorCode::kIo || error.code == ErrorCode::kUnavailable ||
      error.code == ErrorCode::kPayloadTooLarge) {
    error.code = ErrorCode::kUpstream;
  }
  return std::unexpected(std::move(error));
}

bool is_absent(const Error& error) {
  return error.code == ErrorCode::kNotFound;
}

struct Collected {
  std::string bytes;
  std::string sha256;
};

// Hashes each piece as it comes: no pause of the loop grows with the blob.
async::Task<Result<Collected>> collect(http::Body& body) {
  http::LimitBody limited(body, kBlobBytesMax);
  if (body.size().value_or(0) > kBlobBytesMax) {
    co_return std::unexpected(http::body_too_large(kBlobBytesMax));
  }
  Collected collected;
  BlobHash hash;
  while (true) {
    LAYER_CO_ASSIGN(const std::string_view piece, co_await limited.next());
    if (piece.empty()) {
      break;
    }
    hash.add(piece);
    collected.bytes += piece;
  }
  if (collected.bytes.empty()) {
    co_return fail(ErrorCode::kInvalidArgument, "a blob has at least one byte");
  }
  collected.sha256 = hash.finish();
  co_return collected;
}

}  // namespace

async::Task<Result<Blobs::Stored>> Blobs::put(std::string ns, http::Body& body, bool warm) {
  if (parts_.objects == nullptr) {
    co_return no_object_store();
  }
  LAYER_CO_ASSIGN(Collected blob, co_await collect(body));
  Stored stored{.ref = {.ns = std::move(ns), .sha256 = std::move(blob.sha256)},
                .size = blob.bytes.size()};
  const auto bytes = std::make_shared<const std::string>(std::move(blob.bytes));
  const auto put =
      co_await parts_.objects->put(blob_key(stored.ref), *bytes, objects::Condition::absent());
  if (!put && put.error().code != ErrorCode::kConflict) {
    co_return failed(put.error());
  }
  if (!put) {
    LAYER_CO_TRY(co_await renew_if_purged(stored.ref, *bytes));
  }
  if (warm) {
    co_await cache_.put(stored.ref, bytes);
  }
  co_return stored;
}

// What is there may be of a namespace that was deleted under this name: its purge would take it
// away, and spares what is younger.
async::Task<Result<void>> Blobs::renew_if_purged(const BlobRef& ref, const std::string& bytes) {
  const auto tombstone = co_await parts_.objects->get(namespaces::tombstone_key(ref.ns));
  if (!tombstone) {
    co_return is_absent(tombstone.error()) ? Result<void>() : failed(tombstone.error());
  }
  const auto deleted = namespaces::parse_tombstone(tombstone->bytes);
  const auto head = co_await parts_.objects->head(blob_key(ref));
  if (!head && !is_absent(head.error())) {
    co_return failed(head.error());
  }
  if (!head || (deleted && head->modified_ms <= deleted->deleted_at_ms)) {
    const auto again = co_await parts_.objects->put(blob_key(ref), bytes, {});
    if (!again) {
      co_return failed(again.error());
    }
  }
  co_return Result<void>{};
}

async::Task<Result<std::vector<std::string>>> Blobs::ancestors(std::string ns) {
  if (parts_.objects == nullptr) {
    co_return no_object_store();
  }
  const auto object = co_await parts_.objects->get(lineage_key(ns));
  if (!object) {
    if (is_absent(object.error())) {
      co_return std::vector<std::string>{};
    }
    co_return failed(object.error());
  }
  auto lineage = parse_lineage(object->bytes);
  if (!lineage) {
    co_return fail(ErrorCode::kUpstream,
                   fmt::format("{}: {}", lineage_key(ns), lineage.error().message));
  }
  co_return std::move(lineage->ancestors);
}

async::Task<Result<cache::Bytes>> Blobs::read_from(BlobRef ref) {
  auto object = co_await parts_.objects->get(blob_key(ref));
  if (!object) {
    co_return failed(std::move(object).error());
  }
  const auto bytes = std::make_shared<const std::string>(std::move(object->bytes));
  const auto hash = co_await parts_.pool.run([&] { return BlobHash::of(*bytes); });
  if (!hash) {
    Error busy = hash.error();
    if (busy.code == ErrorCode::kTooManyRequests) {
      busy.code = ErrorCode::kServiceUnavailable;
    }
    co_return std::unexpected(std::move(busy));
  }
  if (*hash != ref.sha256 || bytes->size() > kBlobBytesMax) {
    parts_.metrics.sample(kMismatches, {ref.ns}).add();
    co_return std::unexpected(
        Error{.code = ErrorCode::kUpstream,
              .message = fmt::format(
                  "the object {} is damaged: its bytes are not what its name says", blob_key(ref)),
              .fields = {{.name = "reason", .value = "hash_mismatch"}}});
  }
  co_return bytes;
}

async::Task<Result<cache::Bytes>> Blobs::read(BlobRef ref) {
  auto own = co_await read_from(ref);
  if (own || !is_absent(own.error())) {
    co_return own;
  }
  LAYER_CO_ASSIGN(const auto names, co_await ancestors(ref.ns));
  for (const std::string& name : names) {
    auto theirs = co_await read_from({.ns = name, .sha256 = ref.sha256});
    if (theirs || !is_absent(theirs.error())) {
      co_return theirs;
    }
  }
  co_return no_blob(ref);
}

async::Task<Result<Blobs::Found>> Blobs::get(BlobRef ref) {
  if (parts_.objects == nullptr) {
    co_return no_object_store();
  }
  BlobCache::Looked looked = co_await cache_.get(ref);
  Found found{.bytes = std::move(looked.bytes),
              .cached = looked.usable ? Cached::kHit : Cached::kBypass};
  if (found.bytes == nullptr) {
    found.cached = looked.usable ? Cached::kMiss : Cached::kBypass;
    LAYER_CO_ASSIGN(found.bytes, co_await read(ref));
    if (looked.usable) {
      co_await cache_.put(ref, found.bytes);
    }
  }
  found.size = found.bytes->size();
  found.content_type = sniff_content_type(*found.bytes);
  co_return found;
}

async::Task<Result<Blobs::Located>> Blobs::locate(BlobRef ref) {
  auto own = co_await parts_.objects->head(blob_key(ref));
  if (own) {
    co_return Located{.ref = std::move(ref), .head = std::move(*own)};
  }
  if (!is_absent(own.error())) {
    co_return failed(std::move(own).error());
  }
  LAYER_CO_ASSIGN(const auto names, co_await ancestors(ref.ns));
  for (const std::string& name : names) {
    BlobRef theirs{.ns = name, .sha256 = ref.sha256};
    auto head = co_await parts_.objects->head(blob_key(theirs));
    if (head) {
      co_return Located{.ref = std::move(theirs), .head = std::move(*head)};
    }
    if (!is_absent(head.error())) {
      co_return failed(std::move(head).error());
    }
  }
  co_return no_blob(ref);
}

async::Task<Result<Blobs::Found>> Blobs::head(BlobRef ref) {
  if (parts_.objects == nullptr) {
    co_return no_object_store();
  }
  const BlobCache::Looked looked = co_await cache_.get(ref);
  if (looked.bytes != nullptr) {
    co_return Found{.bytes = looked.bytes,
                    .size = looked.bytes->size(),
                    .content_type = sniff_content_type(*looked.bytes),
                    .cached = Cached::kHit};
  }
  LAYER_CO_ASSIGN(const Located located, co_await locate(std::move(ref)));
  const auto beginning = co_await parts_.objects->get_range(blob_key(located.ref), 0, kSniffBytes);
  if (!beginning) {
    co_return failed(beginning.error());
  }
  co_return Found{.bytes = nullptr,
                  .size = located.head.size,
                  .content_type = sniff_content_type(*beginning),
                  .cached = looked.usable ? Cached::kMiss : Cached::kBypass};
}

async::Task<Result<Blobs::Warmed>> Blobs::fetch_into_cache(BlobRef ref, std::uint64_t bytes_max) {
  using Kind = Warmed::Kind;
  if (parts_.objects == nullptr) {
    co_return no_object_store();
  }
  const BlobCache::Looked looked = co_await cache_.get(ref);
  if (looked.bytes != nullptr) {
    const std::uint64_t size = looked.bytes->size();
    co_return Warmed{.kind = size > bytes_max ? Kind::kOverBudget : Kind::kAlreadyThere,
                     .bytes = size};
  }
  const auto located = co_await locate(ref);
  if (!located) {
    if (is_absent(located.error())) {
      co_return Warmed{};
    }
    co_return std::unexpected(located.error());
  }
  if (located->head.size > bytes_max) {
    co_return Warmed{.kind = Kind::kOverBudget, .bytes = located->head.size};
  }
  LAYER_CO_ASSIGN(auto bytes, co_await read_from(located->ref));
  const std::uint64_t size = bytes->size();
  const bool kept = co_await cache_.put(std::move(ref), std::move(bytes));
  co_return Warmed{.kind = kept ? Kind::kFetched : Kind::kNoRoom, .bytes = size};
}

}  // namespace layer::features::blobs
