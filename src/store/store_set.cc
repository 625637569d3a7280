#include "store/store_set.h"

#include <algorithm>

#include <fmt/format.h>

namespace layer::store {

Result<StoreSet> StoreSet::make(std::vector<std::unique_ptr<VectorStore>> stores,
                                std::string_view default_name) {
  if (stores.empty()) {
    return fail(ErrorCode::kInvalidArgument, "there is no store: configure at least one");
  }
  const auto name_of = [](const auto& store) { return store->name(); };
  std::ranges::sort(stores, {}, name_of);
  if (const auto twice = std::ranges::adjacent_find(stores, {}, name_of); twice != stores.end()) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("two stores are named '{}': names are unique", (*twice)->name()));
  }
  if (stores.size() > 1) {
    const auto chosen = std::ranges::find(stores, default_name, name_of);
    if (chosen == stores.end()) {
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("none of {} stores is named '{}': exactly one of them is the default",
                              stores.size(), default_name));
    }
    std::rotate(stores.begin(), chosen, chosen + 1);
  }
  return StoreSet(std::move(stores));
}

VectorStore* StoreSet::find(std::string_view name) const {
  const auto found =
      std::ranges::find(stores_, name, [](const auto& store) { return store->name(); });
  return found == stores_.end() ? nullptr : found->get();
}

}  // namespace layer::store
