// Where a namespace that a caller names lives: its store, its name there, and the settings of the
// Index that speaks for it. A table is built once for each catalog of resources and swapped whole;
// a request holds the one it began with.
// Thread safety: a table is immutable; Router::table() and publish() from any thread.
// Cost: one or two hash look-ups, no lock and no allocation.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "resources/index_table.h"
#include "store/store_set.h"
#include "store/vector_store.h"

namespace layer::features::namespaces {

// The store of that name, the default one for an empty name, null when there is none.
using FindStore = std::function<store::VectorStore*(std::string_view name)>;
// The stores outlive what it returns.
FindStore find_in(const store::StoreSet& stores);

// Views are valid while the table lives, and while the name that was asked for does.
struct Route {
  store::VectorStore* store = nullptr;  // never null in a Route that was found
  // The name the gateway keeps the namespace's state under: two spellings that lead to the same
  // rows share it.
  std::string_view logical;
  std::string_view physical;                    // the name in the store
  const resources::IndexSpec* index = nullptr;  // null: no Index, default settings

  bool renamed(std::string_view named) const { return physical != named; }
};

// What a namespace without an Index has.
const resources::IndexSpec& default_settings();
inline const resources::IndexSpec& settings(const Route& route) {
  return route.index != nullptr ? *route.index : default_settings();
}

class RoutingTable {
 public:
  using Indexes = std::vector<resources::Object<resources::IndexSpec>>;

  // The stores outlive the table; the specs are shared.
  RoutingTable(Indexes indexes, const FindStore& find_store);

  // Errors: kServiceUnavailable when an Index sends the namespace to a store that is not
  // configured, or when its Index was never accepted: guessing the default store could put rows
  // into the wrong one.
  Result<Route> find(std::string_view name) const;

  store::VectorStore& default_store() const { return default_store_; }
  // As they were published.
  const Indexes& indexes() const { return indexes_; }

  // How callers name what `store` calls `physical`; nullopt: an Index gives that name to other
  // rows, so no caller reaches these.
  std::optional<std::string_view> logical_name(const store::VectorStore& store,
                                               std::string_view physical) const;

  // Namespaces that the default store's own list does not show under the names callers use:
  // renamed ones and those of other stores. Sorted by logical name.
  std::span<const Route> elsewhere() const { return elsewhere_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  const Indexes indexes_;
  store::VectorStore& default_store_;
  const resources::IndexTable by_name_;
  std::vector<Route> by_index_;  // in the order of indexes_
  std::vector<Route> elsewhere_;
  // "<store>/<physical>" to the position in by_index_.
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> physical_;
};

// The table in force.
class Router {
 public:
  // Until indexes are published everything lies in the default store, which must be there.
  explicit Router(FindStore find_store);

  std::shared_ptr<const RoutingTable> table() const {
    return table_.load(std::memory_order_acquire);
  }
  // Takes the Index objects of a new catalog into force. Cost: linear in their number.
  void publish(RoutingTable::Indexes indexes);

 private:
  FindStore find_store_;
  std::atomic<std::shared_ptr<const RoutingTable>> table_;
};

// A request target with the segment after "/namespaces/" replaced by `physical`, everything else
// byte for byte as it was. Without such a segment the target is returned as it is.
std::string with_namespace(std::string_view target, std::string_view physical);

}  // namespace layer::features::namespaces
