#include "app/function_resources.h"

#include <utility>

namespace layer::app {
namespace {

template <class T>
Result<void> done(const Result<T>& result) {
  return result ? Result<void>() : Result<void>(std::unexpected(result.error()));
}

}  // namespace

SupervisorWiring::Functions functions_for_resources(FunctionWiring* functions) {
  if (functions == nullptr) {
    return {};
  }
  auto* const registry = &functions->registry();
  return {
      .queue = &functions->queue(),
      .find = [registry](std::string id) -> async::Task<Result<void>> {
        co_return done(co_await registry->find(std::move(id)));
      },
      .put = [functions](std::string id, std::string spec,
                         bool paused) -> async::Task<Result<void>> {
        LAYER_CO_TRY(co_await functions->registry().put(std::move(id), std::move(spec), paused));
        functions->look();
        co_return Result<void>{};
      },
      .remove = [registry](std::string id) -> async::Task<Result<void>> {
        co_return co_await registry->remove(std::move(id));
      }};
}

}  // namespace layer::app
