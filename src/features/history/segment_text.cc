#include "features/history/segment_text.h"

#include "http/zstd.h"

namespace layer::features::history {

std::string pack(std::string_view lines) {
  return http::zstd(lines, 3);
}

Result<std::string> unpack(std::string_view bytes) {
  auto text = http::unzstd(bytes, kSegmentBytesMax);
  if (!text) {
    return fail(ErrorCode::kCorrupt,
                "a segment of the search history is damaged: " + text.error().message);
  }
  return std::move(*text);
}

async::Task<Result<std::optional<objects::Object>>> fetch(objects::ObjectStore& objects,
                                                          std::string key) {
  auto object = co_await objects.get(std::move(key));
  if (object) {
    co_return std::optional(std::move(*object));
  }
  if (object.error().code == ErrorCode::kNotFound) {
    co_return std::nullopt;
  }
  co_return std::unexpected(std::move(object).error());
}

}  // namespace layer::features::history
