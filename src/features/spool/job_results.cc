#include "features/spool/job_results.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "http/zstd.h"

namespace layer::features::spool {
namespace {

// Where `count` lines of `text` end.
std::size_t after_lines(std::string_view text, std::uint64_t count) {
  std::size_t at = 0;
  for (; count > 0 && at < text.size(); --count) {
    const std::size_t end = text.find('\n', at);
    at = end == std::string_view::npos ? text.size() : end + 1;
  }
  return at;
}

// `skip` and then `take` lines of a packed part.
Result<std::string> unpack(const std::string& packed, const Part& part, std::uint64_t skip,
                           std::uint64_t take) {
  auto text = http::unzstd(packed, part.bytes);
  if (!text || text->size() != part.bytes) {
    return fail(ErrorCode::kCorrupt,
                fmt::format("part {} of a job's results is damaged", part.key));
  }
  if (skip == 0 && take >= part.lines) {
    return std::move(*text);
  }
  const std::size_t begin = after_lines(*text, skip);
  return text->substr(begin, after_lines(std::string_view(*text).substr(begin), take));
}

}  // namespace

async::Task<Result<std::optional<Manifest>>> read_manifest(objects::ObjectStore& objects,
                                                           std::string job_id) {
  auto object = co_await objects.get(manifest_key(job_id));
  if (!object) {
    if (object.error().code == ErrorCode::kNotFound) {
      co_return std::nullopt;
    }
    co_return std::unexpected(std::move(object).error());
  }
  LAYER_CO_ASSIGN(Manifest manifest, parse_manifest(std::move(object->bytes), job_id));
  co_return std::move(manifest);
}

async::Task<Result<Lines>> read_lines(objects::ObjectStore& objects, async::CpuPool& pool,
                                      Manifest manifest, std::uint64_t first, std::uint64_t limit) {
  auto part = std::ranges::upper_bound(manifest.parts, first, {},
                                       [](const Part& p) { return p.first + p.lines; });
  Lines lines;
  while (part != manifest.parts.end() && lines.count < limit &&
         lines.text.size() < kPartBytes / 2) {
    auto object = co_await objects.get(part->key);
    if (!object) {
      co_return object.error().code == ErrorCode::kNotFound
          ? fail(ErrorCode::kGone, "the results of this job were removed")
          : std::unexpected(std::move(object).error());
    }
    const std::uint64_t skip = first + lines.count - part->first;
    const std::uint64_t take = std::min(limit - lines.count, part->lines - skip);
    LAYER_CO_ASSIGN(auto unpacked,
                    co_await pool.run([&] { return unpack(object->bytes, *part, skip, take); }));
    LAYER_CO_ASSIGN(const std::string text, std::move(unpacked));
    lines.text += text;
    lines.count += take;
    ++part;
  }
  co_return lines;
}

async::Task<Result<void>> remove_results(objects::ObjectStore& objects, std::string job_id) {
  LAYER_CO_TRY(co_await objects.remove(manifest_key(job_id)));
  for (std::string after;;) {
    LAYER_CO_ASSIGN(const objects::Listing listing,
                    co_await objects.list(results_prefix(job_id), after, objects::kListMax));
    for (const objects::ListedObject& each : listing.objects) {
      LAYER_CO_TRY(co_await objects.remove(each.key));
    }
    if (!listing.more) {
      co_return Result<void>{};
    }
    after = listing.objects.back().key;
  }
}

}  // namespace layer::features::spool
