// The stores of a deployment by name; exactly one is the default. Thread safety: immutable once
// made; its stores as VectorStore says.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "store/vector_store.h"

namespace layer::store {

class StoreSet {
 public:
  // A single store is the default whatever `default_name` says; of several the one of that name is.
  // Errors: kInvalidArgument (none at all, a name twice, no store of the default's name).
  static Result<StoreSet> make(std::vector<std::unique_ptr<VectorStore>> stores,
                               std::string_view default_name = {});

  VectorStore& default_store() const { return *stores_.front(); }
  VectorStore* find(std::string_view name) const;  // nullptr when there is none
  // The default first, then by name.
  std::span<const std::unique_ptr<VectorStore>> all() const { return stores_; }
  std::size_t size() const { return stores_.size(); }

 private:
  explicit StoreSet(std::vector<std::unique_ptr<VectorStore>> stores)
      : stores_(std::move(stores)) {}
  std::vector<std::unique_ptr<VectorStore>> stores_;
};

}  // namespace layer::store
