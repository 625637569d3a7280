// The stores of a deployment by name; exactly one is the default. The stores may change while the
// set is in use: a store that was found stays a valid object as long as the set, whatever becomes
// of its configuration (store_slot.h).
// Thread safety: all of it, from any thread; replace() by one at a time.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "store/vector_store.h"

namespace layer::store {

class StoreSet {
 public:
  using Stores = std::vector<std::shared_ptr<VectorStore>>;

  // A single store is the default whatever `default_name` says; of several the one of that name is.
  // Errors: kInvalidArgument (none at all, a name twice, no store of the default's name).
  static Result<StoreSet> make(Stores stores, std::string_view default_name = {});
  ~StoreSet();
  StoreSet(StoreSet&&) noexcept;

  // These and no others from now on. A store that is not among them refuses further calls. Errors:
  // as make(); nothing has changed then. Cost: memory of a slot for each name ever used.
  Result<void> replace(Stores stores, std::string_view default_name);
  // What is behind a name now, to be given to replace() again; null when there is none.
  std::shared_ptr<VectorStore> current(std::string_view name) const;

  VectorStore& default_store() const;
  VectorStore* find(std::string_view name) const;  // nullptr when there is none
  // The default first, then by name. As they are now.
  std::shared_ptr<const std::vector<VectorStore*>> all() const;

 private:
  struct State;
  explicit StoreSet(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace layer::store
