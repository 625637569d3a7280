#include "features/layout/layout_record.h"

#include <utility>

namespace layer::features::layout {
namespace {

std::unexpected<Error> unavailable(const Error& cause) {
  if (cause.code == ErrorCode::kCancelled) {
    return std::unexpected(cause);
  }
  return fail(ErrorCode::kServiceUnavailable,
              "the layout of the namespace cannot be read or written: " + cause.message);
}

}  // namespace

async::Task<Result<LayoutRecord>> read_layout(objects::ObjectStore& objects, std::string ns) {
  auto object = co_await objects.get(namespaces::layout_key(ns));
  if (!object) {
    if (object.error().code == ErrorCode::kNotFound) {
      co_return LayoutRecord{};
    }
    co_return unavailable(object.error());
  }
  auto layout = namespaces::parse_layout(object->bytes);
  if (!layout) {
    co_return unavailable(layout.error());
  }
  co_return LayoutRecord{.layout = std::move(*layout), .etag = std::move(object->etag)};
}

async::Task<Result<LayoutRecord>> replace_layout(objects::ObjectStore& objects, std::string ns,
                                                 LayoutRecord before, namespaces::Layout layout) {
  auto condition = before.etag.empty() ? objects::Condition::absent()
                                       : objects::Condition::match(std::move(before.etag));
  auto etag = co_await objects.put(namespaces::layout_key(ns), namespaces::print_layout(layout),
                                   std::move(condition));
  if (!etag) {
    if (etag.error().code == ErrorCode::kConflict) {
      co_return std::unexpected(std::move(etag).error());
    }
    co_return unavailable(etag.error());
  }
  co_return LayoutRecord{.layout = std::move(layout), .etag = std::move(*etag)};
}

}  // namespace layer::features::layout
