#include "engine/storage/corrupt.h"

#include <fmt/format.h>

namespace layer::engine::storage {

std::unexpected<Error> corrupt(std::string_view blob, std::uint64_t offset, std::string_view what) {
  return fail(ErrorCode::kCorrupt, fmt::format("{} is damaged at byte {}: {}", blob, offset, what));
}

}  // namespace layer::engine::storage
