// Stands for a store that cannot be called yet. Thread safety: immutable.
#pragma once

#include <string>
#include <utility>

#include "store/vector_store.h"

namespace layer::store {

class ClosedStore final : public VectorStore {
 public:
  // `why`: a sentence for the caller.
  ClosedStore(std::string name, std::string kind, std::string why)
      : name_(std::move(name)), kind_(std::move(kind)), why_(std::move(why)) {}

  // Errors: kServiceUnavailable, always.
  async::Task<Result<Answer>> send(Call) override {
    co_return fail(ErrorCode::kServiceUnavailable, why_);
  }
  std::string_view name() const override { return name_; }
  std::string_view kind() const override { return kind_; }
  const Capabilities& capabilities() const override { return capabilities_; }
  StoreStatus status() const override { return {}; }

 private:
  std::string name_;
  std::string kind_;
  std::string why_;
  Capabilities capabilities_;
};

}  // namespace layer::store
