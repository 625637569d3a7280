#include "features/namespaces/object_state_source.h"

#include <utility>

namespace layer::features::namespaces {

async::Task<Result<StateObject>> ObjectStateSource::read(std::string key, std::string etag) {
  auto object = co_await objects_.get_if_changed(std::move(key), std::move(etag));
  if (!object && object.error().code == ErrorCode::kNotFound) {
    co_return StateObject{};
  }
  LAYER_CO_TRY(object);
  if (!*object) {
    co_return StateObject{.kind = StateObject::Kind::kUnchanged};
  }
  co_return StateObject{.kind = StateObject::Kind::kFound,
                        .body = std::move((*object)->bytes),
                        .etag = std::move((*object)->etag)};
}

}  // namespace layer::features::namespaces
