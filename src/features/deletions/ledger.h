// Intents, tombstones and receipts in the object store. Every operation may be repeated: what has
// been done already is a success. Thread safety: any loop. The object store outlives the ledger.
// Errors: those of the object store; kCorrupt for an object that cannot be read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "features/deletions/purge_intent.h"
#include "features/deletions/receipt.h"
#include "objects/object_store.h"

namespace layer::features::deletions {

struct IntentPage {
  std::vector<PurgeIntent> intents;
  std::vector<std::string> unreadable;  // keys
  std::string last_key;                 // continue after it; empty: the last page
};

struct StoredReceipt {
  Receipt receipt;
  std::string etag;  // empty: not written yet
};

class Ledger {
 public:
  explicit Ledger(objects::ObjectStore& objects) : objects_(objects) {}

  async::Task<Result<void>> put_intent(PurgeIntent intent);
  async::Task<Result<void>> remove_intent(std::string id);
  // nullopt: there is none.
  async::Task<Result<std::optional<PurgeIntent>>> intent(std::string id);
  async::Task<Result<IntentPage>> intents(std::string after_key);

  // How often a namespace of this name was deleted.
  async::Task<Result<std::uint64_t>> incarnation(std::string ns);
  // Afterwards the incarnation is at least `incarnation`.
  async::Task<Result<void>> raise_incarnation(std::string ns, std::uint64_t incarnation,
                                              std::int64_t deleted_at_ms);

  // nullopt: there is none.
  async::Task<Result<std::optional<StoredReceipt>>> receipt(std::string ns, std::string id);
  // Over the version with `etag`, or as the first. Gives the new etag. Errors: kConflict.
  async::Task<Result<std::string>> put_receipt(Receipt receipt, std::string etag);
  // Every receipt of the namespace, oldest first; of more than kReceiptIdsMax the oldest.
  async::Task<Result<std::vector<std::string>>> receipt_ids(std::string ns);
  // Removes receipts that are older than kReceiptKeptMs. Gives how many.
  async::Task<Result<std::uint64_t>> drop_old_receipts(std::int64_t now_ms);

  static constexpr std::size_t kReceiptIdsMax = 100'000;

 private:
  objects::ObjectStore& objects_;
};

}  // namespace layer::features::deletions
