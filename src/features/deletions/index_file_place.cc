#include "features/deletions/index_file_place.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "resources/catalog.h"

namespace layer::features::deletions {
namespace {

bool is_alone(const resources::Catalog& catalog, const resources::Resource& index) {
  std::size_t objects = 0;
  for (std::size_t i = 0; i < resources::kKindCount; ++i) {
    const auto of_kind = catalog.list(static_cast<resources::Kind>(i));
    objects += static_cast<std::size_t>(std::ranges::count_if(
        of_kind, [&](const auto* other) { return other->origin.file == index.origin.file; }));
  }
  return objects == 1;
}

std::unexpected<Error> by_hand(const resources::Resource& index, std::string_view why) {
  return fail(ErrorCode::kUnavailable, fmt::format("Index/{} in {} was left: {}; remove it by hand",
                                                   index.metadata.name, index.origin.file, why));
}

}  // namespace

async::Task<Result<Purged>> IndexFilePlace::purge(PurgeIntent intent) {
  LAYER_CO_ASSIGN(auto removed, co_await parts_.disk_pool.run([&] { return remove_file(intent); }));
  co_return removed;
}

Result<Purged> IndexFilePlace::remove_file(const PurgeIntent& intent) const {
  const auto catalog = parts_.source.current();
  const auto* const index = catalog->index_for(intent.ns);
  if (index == nullptr) {
    return Purged{.objects = 0};
  }
  const auto path = parts_.directory / index->origin.file;
  struct stat file{};
  if (::lstat(path.c_str(), &file) != 0) {
    if (errno == ENOENT) {
      return Purged{.objects = 0};
    }
    return by_hand(*index, std::strerror(errno));
  }
  const std::int64_t written_ms =
      (std::int64_t{file.st_mtim.tv_sec} * 1000) + (file.st_mtim.tv_nsec / 1'000'000);
  if (written_ms > intent.cutoff_ms) {
    return Purged{.objects = 0};
  }
  if (!S_ISREG(file.st_mode)) {
    return by_hand(*index, "the file is a link");
  }
  if (!is_alone(*catalog, *index)) {
    return by_hand(*index, "the file holds other objects too");
  }
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    return by_hand(*index, std::strerror(errno));
  }
  return Purged{.objects = 1};
}

}  // namespace layer::features::deletions
