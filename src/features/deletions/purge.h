// One attempt to bring a deletion to its end: settle whether the store has deleted the namespace
// (rule D3 of the contract), mark the name as deleted, purge every place, keep the receipt.
// Thread safety: any loop. What Parts refers to outlives the object.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/metrics.h"
#include "features/deletions/ledger.h"
#include "features/deletions/purge_place.h"
#include "store/vector_store.h"

namespace layer::features::deletions {

class Purge {
 public:
  struct Parts {
    Ledger& ledger;
    // nullptr: no store of that name is configured.
    std::function<store::VectorStore*(std::string_view name)> find_store;
    std::vector<PurgePlace*> places;
    // The gateway forgets the state it remembers of the namespace.
    std::function<void(std::string_view ns)> forget;
    const core::Clock& clock;
    core::Metrics& metrics;
  };
  explicit Purge(Parts parts) : parts_(std::move(parts)) {}

  // After the store has deleted the namespace (or did not have it): the tombstone with the next
  // incarnation and a receipt, if they are not there yet. May be repeated. Errors: the ledger's.
  async::Task<Result<StoredReceipt>> confirm(PurgeIntent intent);

  // True: the deletion has ended, complete or failed, and the intent is gone. False: some place
  // could not be purged; the receipt says why. `deleted` tells that the store is known to have
  // deleted the namespace. Errors: the ledger's; the store could not be asked.
  async::Task<Result<bool>> attempt(PurgeIntent intent, bool deleted, async::TimePoint deadline);

  const std::vector<PurgePlace*>& places() const { return parts_.places; }

 private:
  enum class Verdict : std::uint8_t { kDeleted, kInUse, kUnconfirmed };

  async::Task<Result<Verdict>> settle(const PurgeIntent& intent, async::TimePoint deadline);
  async::Task<Result<void>> delete_again(store::VectorStore& store, const PurgeIntent& intent,
                                         async::TimePoint deadline);
  async::Task<Result<bool>> give_up(PurgeIntent intent, Verdict verdict);
  async::Task<bool> purge_place(PurgePlace& place, const PurgeIntent& intent, Receipt& receipt);

  Parts parts_;
};

}  // namespace layer::features::deletions
