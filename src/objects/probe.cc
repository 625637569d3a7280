#include "objects/probe.h"

#include <fmt/format.h>

#include "core/random.h"

namespace layer::objects {
namespace {

std::unexpected<Error> broken(std::string_view kind, std::string_view what) {
  return fail(ErrorCode::kIo, fmt::format("the object store ({}) cannot be used: {}", kind, what));
}

bool is_conflict(const Result<std::string>& put) {
  return !put && put.error().code == ErrorCode::kConflict;
}

}  // namespace

async::Task<Result<void>> probe(ObjectStore& store) {
  const std::string key = "system/probe/" + core::random_uuid();
  LAYER_CO_ASSIGN(const std::string first, co_await store.put(key, "1", Condition::absent()));
  if (!is_conflict(co_await store.put(key, "2", Condition::absent()))) {
    co_return broken(store.kind(), "it overwrites an object that must be absent (If-None-Match)");
  }
  LAYER_CO_ASSIGN(const std::string second, co_await store.put(key, "2", Condition::match(first)));
  if (!is_conflict(co_await store.put(key, "3", Condition::match(first)))) {
    co_return broken(store.kind(), "it overwrites an object that has changed (If-Match)");
  }
  LAYER_CO_ASSIGN(const Object now, co_await store.get(key));
  if (now.bytes != "2" || now.etag != second) {
    co_return broken(store.kind(), "it does not give back what was put");
  }
  co_return co_await store.remove(key);
}

}  // namespace layer::objects
