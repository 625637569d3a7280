// Where a namespace lives: the store that serves it and its name there. Thread safety: resolve()
// and default_store() from any loop.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "store/vector_store.h"

namespace layer::gateway {

struct Target {
  store::VectorStore* store = nullptr;
  // The name in the store where it differs from the one in the path.
  std::optional<std::string> physical{};
};

class Targets {
 public:
  virtual ~Targets() = default;
  // `ns` is the decoded name; empty: the default store. Never waits. Errors: kServiceUnavailable
  // (the store never had a credential).
  virtual Result<Target> resolve(std::string_view ns) = 0;
};

// Everything lives in one store under its own name.
class OneStore final : public Targets {
 public:
  explicit OneStore(store::VectorStore& store) : store_(store) {}
  Result<Target> resolve(std::string_view) override { return Target{.store = &store_}; }

 private:
  store::VectorStore& store_;
};

}  // namespace layer::gateway
