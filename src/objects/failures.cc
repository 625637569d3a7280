#include "objects/failures.h"

#include <fmt/format.h>

namespace layer::objects {

std::unexpected<Error> not_found(std::string_view key) {
  return fail(ErrorCode::kNotFound, fmt::format("there is no object {}", key));
}

std::unexpected<Error> condition_failed(std::string_view key) {
  return fail(ErrorCode::kConflict,
              fmt::format("the object {} was changed by somebody else; read it again", key));
}

std::unexpected<Error> too_large(std::string_view key) {
  return fail(ErrorCode::kPayloadTooLarge,
              fmt::format("the object {} is larger than {} MiB", key, kObjectBytesMax >> 20));
}

Result<void> check_put(std::string_view key, std::size_t size) {
  LAYER_TRY(check_key(key));
  if (size > kObjectBytesMax) {
    return too_large(key);
  }
  return {};
}

Result<void> check_list(std::string_view prefix, std::size_t limit) {
  LAYER_TRY(check_prefix(prefix));
  if (limit == 0 || limit > kListMax) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("a listing has 1 to {} objects, not {}", kListMax, limit));
  }
  return {};
}

}  // namespace layer::objects
