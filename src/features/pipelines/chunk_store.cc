#include "features/pipelines/chunk_store.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <array>
#include <charconv>

#include "async/deadline.h"
#include "core/text.h"
#include "http/zstd.h"

namespace layer::features::pipelines {
namespace {

constexpr int kTries = 3;
constexpr std::chrono::milliseconds kTryAgainAfter{100};
constexpr std::size_t kHashBytes = 16;

std::string folder(std::string_view pipeline) {
  return fmt::format("pipelines/{}/documents/", pipeline);
}

std::string document_folder(std::string_view pipeline, std::string_view document) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(document.data()), document.size(), digest.data());
  std::string out = folder(pipeline);
  for (std::size_t i = 0; i < kHashBytes; ++i) {
    out += fmt::format("{:02x}", digest[i]);
  }
  return out + "/";
}

std::string key_of(std::string_view pipeline, std::string_view document, std::uint64_t revision) {
  return fmt::format("{}{}.json.zst", document_folder(pipeline, document), revision);
}

std::uint64_t revision_of(std::string_view key) {
  const std::string_view name = key.substr(key.rfind('/') + 1);
  std::uint64_t revision = 0;
  std::from_chars(name.data(), name.data() + name.size(), revision);
  return revision;
}

}  // namespace

async::Task<Result<std::uint64_t>> ChunkStore::put(std::string pipeline, std::string document,
                                                   std::uint64_t revision,
                                                   std::vector<Chunk> chunks) {
  const auto pack = [&] { return http::zstd(print_manifest(document, chunks)); };
  LAYER_CO_ASSIGN(const std::string bytes, co_await parts_.pool.run(pack));
  int failures = 0;
  for (;;) {
    auto stored = co_await parts_.objects.put(key_of(pipeline, document, revision), bytes,
                                              objects::Condition::absent());
    if (stored) {
      co_return revision;
    }
    if (stored.error().code == ErrorCode::kConflict) {
      ++revision;  // staged by somebody else at the same moment, or by a try that nobody heard of
      continue;
    }
    if (stored.error().code == ErrorCode::kCancelled) {
      co_return std::unexpected(std::move(stored).error());
    }
    if (++failures == kTries) {
      co_return std::unexpected(
          Error{.code = ErrorCode::kServiceUnavailable,
                .message = "the document's chunks cannot be stored: " + stored.error().message,
                .fields = {{.name = "reason", .value = "object_store"}}});
    }
    co_await async::sleep_for(kTryAgainAfter);
  }
}

async::Task<Result<std::vector<Chunk>>> ChunkStore::get(std::string pipeline, std::string document,
                                                        std::uint64_t revision) {
  LAYER_CO_ASSIGN(const objects::Object object,
                  co_await parts_.objects.get(key_of(pipeline, document, revision)));
  const auto unpack = [&]() -> Result<std::vector<Chunk>> {
    LAYER_ASSIGN(const std::string text, http::unzstd(object.bytes, kManifestBytesMax * 2));
    return parse_manifest(text);
  };
  LAYER_CO_ASSIGN(auto chunks, co_await parts_.pool.run(unpack));
  co_return std::move(chunks);
}

async::Task<> ChunkStore::forget_old(std::string pipeline, std::string document,
                                     std::uint64_t revision) {
  const auto listing =
      co_await parts_.objects.list(document_folder(pipeline, document), "", objects::kListMax);
  if (!listing) {
    co_return;
  }
  const std::int64_t before =
      parts_.clock.wall_ms() - std::chrono::milliseconds(kOldRevisionsKeptFor).count();
  for (const objects::ListedObject& object : listing->objects) {
    if (revision_of(object.key) < revision && object.modified_ms < before) {
      (void)co_await parts_.objects.remove(object.key);
    }
  }
}

async::Task<Result<void>> ChunkStore::remove(std::string pipeline) {
  for (;;) {
    LAYER_CO_ASSIGN(const objects::Listing listing,
                    co_await parts_.objects.list(folder(pipeline), "", objects::kListMax));
    for (const objects::ListedObject& object : listing.objects) {
      LAYER_CO_TRY(co_await parts_.objects.remove(object.key));
    }
    if (!listing.more) {
      co_return Result<void>{};
    }
  }
}

}  // namespace layer::features::pipelines
