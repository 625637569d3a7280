#include "app/queue_binding.h"

#include <utility>

#include <fmt/format.h>

#include "json/document.h"
#include "json/writer.h"

namespace layer::app {
namespace {

constexpr const char* kKey = "system/queue.json";
constexpr std::uint64_t kVersion = 1;

std::string print(const QueueIdentity& queue) {
  json::Writer out;
  out.begin_object()
      .member("v", kVersion)
      .member("kind", queue.kind)
      .member("instance", queue.instance)
      .end_object();
  return std::move(out).take();
}

Result<QueueIdentity> parse(std::string text) {
  const auto document = json::Document::parse(std::move(text));
  std::uint64_t version = 0;
  std::string_view kind;
  std::string_view instance;
  if (!document || document->root()["v"].get(version) != simdjson::SUCCESS || version != kVersion ||
      document->root()["kind"].get(kind) != simdjson::SUCCESS ||
      document->root()["instance"].get(instance) != simdjson::SUCCESS) {
    return fail(ErrorCode::kCorrupt,
                fmt::format("{} of the object store names no queue database of version {}; remove "
                            "it, or start with --adopt-queue",
                            kKey, kVersion));
  }
  return QueueIdentity{.kind = std::string(kind), .instance = std::string(instance)};
}

Error bound_elsewhere(const QueueIdentity& bound, const QueueIdentity& queue) {
  return {.code = ErrorCode::kInvalidArgument,
          .message = fmt::format(
              "this object store belongs to the queue database {} ({}), not to {} ({}): check "
              "--database-url and --object-prefix, or start once with --adopt-queue to move it",
              bound.instance, bound.kind, queue.instance, queue.kind)};
}

}  // namespace

async::Task<Result<void>> bind_queue(objects::ObjectStore& objects, QueueIdentity queue,
                                     bool adopt) {
  auto condition = objects::Condition::absent();
  if (auto found = co_await objects.get(kKey)) {
    const auto bound = parse(std::move(found->bytes));
    if (bound && bound->instance == queue.instance) {
      co_return Result<void>{};
    }
    if (!adopt) {
      co_return std::unexpected(bound ? bound_elsewhere(*bound, queue) : bound.error());
    }
    condition = objects::Condition::match(std::move(found->etag));
  } else if (found.error().code != ErrorCode::kNotFound) {
    co_return std::unexpected(std::move(found).error());
  } else if (!queue.binds && !adopt) {
    co_return Result<void>{};
  }
  const auto put = co_await objects.put(kKey, print(queue), std::move(condition));
  if (!put && put.error().code == ErrorCode::kConflict) {
    // Another gateway was first; it is the same database, or this is an error.
    co_return co_await bind_queue(objects, std::move(queue), false);
  }
  LAYER_CO_TRY(put);
  co_return Result<void>{};
}

}  // namespace layer::app
