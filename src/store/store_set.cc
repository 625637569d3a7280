#include "store/store_set.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "store/store_slot.h"

namespace layer::store {
namespace {

const auto name_of = [](const auto& store) { return store->name(); };

// The default first, then by name.
Result<void> put_in_order(StoreSet::Stores& stores, std::string_view default_name) {
  if (stores.empty()) {
    return fail(ErrorCode::kInvalidArgument, "there is no store: configure at least one");
  }
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
  return {};
}

}  // namespace

struct StoreSet::State {
  using List = std::vector<VectorStore*>;
  // Touched by replace() alone.
  std::map<std::string, std::unique_ptr<StoreSlot>, std::less<>> slots;
  std::atomic<std::shared_ptr<const List>> list;
};

StoreSet::StoreSet(std::unique_ptr<State> state) : state_(std::move(state)) {}
StoreSet::~StoreSet() = default;
StoreSet::StoreSet(StoreSet&&) noexcept = default;

Result<StoreSet> StoreSet::make(Stores stores, std::string_view default_name) {
  StoreSet set(std::make_unique<State>());
  LAYER_TRY(set.replace(std::move(stores), default_name));
  return set;
}

Result<void> StoreSet::replace(Stores stores, std::string_view default_name) {
  LAYER_TRY(put_in_order(stores, default_name));
  auto list = std::make_shared<State::List>();
  for (auto& store : stores) {
    const auto slot = state_->slots.find(store->name());
    if (slot == state_->slots.end()) {
      auto made = std::make_unique<StoreSlot>(std::move(store));
      list->push_back(made.get());
      state_->slots.emplace(made->name(), std::move(made));
    } else {
      if (slot->second->current() != store) {
        slot->second->replace(std::move(store));
      }
      list->push_back(slot->second.get());
    }
  }
  const std::shared_ptr<const State::List> now = list;
  state_->list.store(now, std::memory_order_release);
  for (const auto& [name, slot] : state_->slots) {
    if (std::ranges::find(*now, slot.get()) == now->end()) {
      slot->replace(nullptr);
    }
  }
  return {};
}

std::shared_ptr<VectorStore> StoreSet::current(std::string_view name) const {
  const auto slot = state_->slots.find(name);
  return slot == state_->slots.end() ? nullptr : slot->second->current();
}

std::shared_ptr<const std::vector<VectorStore*>> StoreSet::all() const {
  return state_->list.load(std::memory_order_acquire);
}

VectorStore& StoreSet::default_store() const {
  return *all()->front();
}

VectorStore* StoreSet::find(std::string_view name) const {
  const auto stores = all();
  const auto found = std::ranges::find(*stores, name, name_of);
  return found == stores->end() ? nullptr : *found;
}

}  // namespace layer::store
