#include "features/deletions/delete_namespace.h"

#include <algorithm>
#include <chrono>

#include "async/deadline.h"
#include "core/random.h"

namespace layer::features::deletions {
namespace {

using async::SteadyClock;

constexpr std::chrono::milliseconds kIntentMax{500};
// After it the answer goes out and the purger writes tombstone and receipt.
constexpr std::chrono::milliseconds kConfirmMax{2000};

bool is_success(int status) {
  return status >= 200 && status < 300;
}

bool outcome_is_unknown(const Error& error) {
  return error.code == ErrorCode::kCancelled ||
         std::ranges::any_of(error.fields, [](const core::ErrorField& field) {
           return field.name == "outcome" && field.value == "unknown";
         });
}

}  // namespace

async::Task<Result<DeleteAnswer>> NamespaceDeleter::run(DeleteRequest request) {
  const std::int64_t now_ms = parts_.clock.wall_ms();
  PurgeIntent intent{.id = core::time_ordered_uuid(now_ms),
                     .ns = request.ns,
                     .physical = std::move(request.physical),
                     .store = std::move(request.store),
                     .requested_by = std::move(request.requested_by),
                     .requested_at_ms = now_ms,
                     .cutoff_ms = now_ms,
                     .may_repeat = request.may_repeat};
  auto prepared = co_await async::with_deadline(SteadyClock::now() + kIntentMax, prepare(intent));
  if (!prepared) {
    parts_.purger.cancel(std::move(intent));  // it may have been written all the same
    co_return fail(
        ErrorCode::kServiceUnavailable,
        "the deletion could not be recorded, so nothing was deleted: " + prepared.error().message);
  }
  intent = std::move(*prepared);
  if (auto stopped = co_await invalidate(intent.ns); !stopped) {
    co_await cancel(std::move(intent));
    co_return std::unexpected(std::move(stopped).error());
  }
  auto answer = co_await request.send();
  if (!answer) {
    if (outcome_is_unknown(answer.error())) {
      parts_.purger.settle(std::move(intent));
    } else {
      co_await cancel(std::move(intent));
    }
    co_return std::unexpected(std::move(answer).error());
  }
  if (!is_success(answer->status) && answer->status != 404) {
    co_await cancel(std::move(intent));
    co_return DeleteAnswer{.answer = std::move(*answer)};
  }
  std::string id = intent.id;
  co_await confirm(intent);
  parts_.purger.purge(std::move(intent));
  co_return DeleteAnswer{.answer = std::move(*answer), .deletion_id = std::move(id)};
}

// Both run under a deadline, apart from the caller, where a cancellation would be thrown.
async::Task<Result<PurgeIntent>> NamespaceDeleter::prepare(PurgeIntent intent) {
  co_await async::asio::this_coro::throw_if_cancelled(false);
  LAYER_CO_ASSIGN(intent.incarnation, co_await parts_.ledger.incarnation(intent.ns));
  LAYER_CO_TRY(co_await parts_.ledger.put_intent(intent));
  co_return intent;
}

async::Task<Result<StoredReceipt>> NamespaceDeleter::confirm_in_time(PurgeIntent intent) {
  co_await async::asio::this_coro::throw_if_cancelled(false);
  co_return co_await parts_.purge.confirm(std::move(intent));
}

async::Task<Result<void>> NamespaceDeleter::invalidate(std::string ns) {
  for (PurgePlace* place : parts_.purge.places()) {
    LAYER_CO_TRY(co_await place->invalidate(ns));
  }
  co_return Result<void>{};
}

// Before the answer goes out: an intent that outlived its refusal would be settled after a crash.
async::Task<> NamespaceDeleter::cancel(PurgeIntent intent) {
  const auto removed = co_await parts_.ledger.remove_intent(intent.id);
  if (!removed) {
    parts_.purger.cancel(std::move(intent));
  }
}

// The store has deleted: nothing that fails from here on changes the answer.
async::Task<> NamespaceDeleter::confirm(PurgeIntent intent) {
  const std::string ns = intent.ns;
  const auto confirmed = co_await async::with_deadline(SteadyClock::now() + kConfirmMax,
                                                       confirm_in_time(std::move(intent)));
  if (!confirmed) {
    parts_.log.warn("a deleted namespace could not be marked as deleted yet; the purger will",
                    {{"namespace", ns}, {"error", confirmed.error().message}});
  }
}

}  // namespace layer::features::deletions
