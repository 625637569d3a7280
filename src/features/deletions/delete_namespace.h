// A namespace delete as a request makes it (rule D1 of the contract): an intent is written, every
// place stops serving what it holds, the store deletes, the name is marked as deleted; the rest
// goes on in the background. Thread safety: any loop. What Parts refers to outlives the object.
#pragma once

#include <functional>
#include <string>

#include "core/log.h"
#include "features/deletions/purger.h"

namespace layer::features::deletions {

struct DeleteRequest {
  std::string ns;        // the logical name, a valid one
  std::string physical;  // its name in the store
  std::string store;     // the store's name
  std::string requested_by;
  // False for callers whom only the store can judge: see PurgeIntent.
  bool may_repeat = true;
  // Sends the caller's delete to the store; runs at most once. Errors as VectorStore::send.
  std::function<async::Task<Result<store::Answer>>()> send;
};

struct DeleteAnswer {
  store::Answer answer;       // the store's
  std::string deletion_id{};  // empty: the store refused, and nothing was begun
};

class NamespaceDeleter {
 public:
  struct Parts {
    Ledger& ledger;
    Purge& purge;
    Purger& purger;
    const core::Clock& clock;
    core::Logger& log;
  };
  explicit NamespaceDeleter(Parts parts) : parts_(parts) {}

  // The store's answer, whatever its status. Errors: kServiceUnavailable (the intent could not be
  // written in time; nothing was deleted), an error of a place that could not stop serving, those
  // of `send`.
  async::Task<Result<DeleteAnswer>> run(DeleteRequest request);

 private:
  async::Task<Result<PurgeIntent>> prepare(PurgeIntent intent);
  async::Task<Result<void>> invalidate(std::string ns);
  async::Task<> cancel(PurgeIntent intent);
  async::Task<> confirm(PurgeIntent intent);
  async::Task<Result<StoredReceipt>> confirm_in_time(PurgeIntent intent);

  Parts parts_;
};

}  // namespace layer::features::deletions
