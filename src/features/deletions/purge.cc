#include "features/deletions/purge.h"

#include <fmt/format.h>

#include "features/namespaces/store_metadata.h"
#include "features/namespaces/upstream.h"

namespace layer::features::deletions {
namespace {

constexpr std::string_view kStorePlace = "store";
constexpr std::size_t kErrorBytesMax = 200;

const core::MetricSpec kSeconds{.name = "layer_deletion_seconds",
                                .kind = core::MetricKind::kHistogram,
                                .help = "How long purging one place of a namespace took.",
                                .labels = "place",
                                .buckets = core::seconds_buckets()};

bool is_deleted(int status) {
  return (status >= 200 && status < 300) || status == 404;
}

// A place of one gateway counts under the place's name: labels stay few.
std::string_view label(std::string_view place) {
  return place.substr(0, place.find(':'));
}

}  // namespace

async::Task<Result<StoredReceipt>> Purge::confirm(PurgeIntent intent) {
  const std::int64_t now_ms = parts_.clock.wall_ms();
  LAYER_CO_TRY(co_await parts_.ledger.raise_incarnation(intent.ns, intent.incarnation + 1, now_ms));
  parts_.forget(intent.ns);
  LAYER_CO_ASSIGN(auto stored, co_await parts_.ledger.receipt(intent.ns, intent.id));
  if (stored) {
    co_return std::move(*stored);
  }
  Receipt receipt = new_receipt(intent);
  ReceiptLine& store = receipt.line(kStorePlace);
  store.state = PlaceState::kDone;
  store.purged_at_ms = now_ms;
  for (const PurgePlace* place : parts_.places) {
    receipt.line(place->name());
  }
  LAYER_CO_ASSIGN(std::string etag, co_await parts_.ledger.put_receipt(receipt, ""));
  co_return StoredReceipt{.receipt = std::move(receipt), .etag = std::move(etag)};
}

async::Task<Result<bool>> Purge::attempt(PurgeIntent intent, bool deleted,
                                         async::TimePoint deadline) {
  LAYER_CO_ASSIGN(const auto known, co_await parts_.ledger.receipt(intent.ns, intent.id));
  if (known && known->receipt.state != ReceiptState::kPending) {
    LAYER_CO_TRY(co_await parts_.ledger.remove_intent(intent.id));
    co_return true;
  }
  if (!deleted && !known) {  // a receipt is written only when the store has deleted
    LAYER_CO_ASSIGN(const Verdict verdict, co_await settle(intent, deadline));
    if (verdict != Verdict::kDeleted) {
      co_return co_await give_up(std::move(intent), verdict);
    }
  }
  LAYER_CO_ASSIGN(StoredReceipt stored, co_await confirm(intent));
  bool all_done = true;
  for (PurgePlace* place : parts_.places) {
    all_done &= co_await purge_place(*place, intent, stored.receipt);
  }
  if (all_done) {
    stored.receipt.state = ReceiptState::kComplete;
    stored.receipt.completed_at_ms = parts_.clock.wall_ms();
  }
  LAYER_CO_TRY(co_await parts_.ledger.put_receipt(std::move(stored.receipt), stored.etag));
  if (all_done) {
    LAYER_CO_TRY(co_await parts_.ledger.remove_intent(intent.id));
  }
  co_return all_done;
}

async::Task<bool> Purge::purge_place(PurgePlace& place, const PurgeIntent& intent,
                                     Receipt& receipt) {
  ReceiptLine& line = receipt.line(place.name());
  if (line.state == PlaceState::kDone) {
    co_return true;
  }
  const auto begun = parts_.clock.steady();
  const auto purged = co_await place.purge(intent);
  const std::chrono::duration<double> took = parts_.clock.steady() - begun;
  parts_.metrics.sample(kSeconds, {label(place.name())}).observe(took.count());
  if (!purged) {
    line.state = PlaceState::kFailed;
    line.error = purged.error().message.substr(0, kErrorBytesMax);
    co_return false;
  }
  line.state = PlaceState::kDone;
  line.purged_at_ms = parts_.clock.wall_ms();
  line.objects = purged->objects;
  line.error.clear();
  co_return true;
}

async::Task<Result<Purge::Verdict>> Purge::settle(const PurgeIntent& intent,
                                                  async::TimePoint deadline) {
  store::VectorStore* store = parts_.find_store(intent.store);
  if (store == nullptr) {
    co_return fail(ErrorCode::kUnavailable,
                   fmt::format("the store '{}' of the namespace '{}' is not configured",
                               intent.store, intent.ns));
  }
  LAYER_CO_ASSIGN(const auto answer,
                  co_await namespaces::read_from(
                      *store, namespaces::metadata_target(intent.physical), {}, deadline));
  if (answer.status == 404) {
    co_return Verdict::kDeleted;
  }
  if (answer.status != 200) {
    co_return fail(ErrorCode::kUpstream,
                   fmt::format("the store answered {} when asked for the metadata of '{}'",
                               answer.status, intent.ns));
  }
  LAYER_CO_ASSIGN(const auto metadata, namespaces::parse_metadata(answer.body));
  // A store that does not say when it was last written may hold somebody's new rows.
  if (!metadata.last_write_ms || *metadata.last_write_ms > intent.cutoff_ms) {
    co_return Verdict::kInUse;
  }
  if (!intent.may_repeat) {
    co_return Verdict::kUnconfirmed;
  }
  LAYER_CO_TRY(co_await delete_again(*store, intent, deadline));
  co_return Verdict::kDeleted;
}

async::Task<Result<void>> Purge::delete_again(store::VectorStore& store, const PurgeIntent& intent,
                                              async::TimePoint deadline) {
  store::Call call{
      .method = "DELETE",
      .target = fmt::format("/v2/namespaces/{}", namespaces::percent_encode(intent.physical)),
      .kind = store::CallKind::kPlainWrite,
      .deadline = deadline};
  LAYER_CO_ASSIGN(const auto answer, co_await store.send(std::move(call)));
  if (!is_deleted(answer.status)) {
    co_return fail(ErrorCode::kUpstream,
                   fmt::format("the store answered {} when asked again to delete '{}'",
                               answer.status, intent.ns));
  }
  co_return Result<void>{};
}

async::Task<Result<bool>> Purge::give_up(PurgeIntent intent, Verdict verdict) {
  Receipt receipt = new_receipt(intent);
  receipt.state = ReceiptState::kFailed;
  receipt.reason = verdict == Verdict::kInUse ? "namespace_in_use" : "delete_unconfirmed";
  receipt.line(kStorePlace).state = PlaceState::kFailed;
  LAYER_CO_TRY(co_await parts_.ledger.put_receipt(std::move(receipt), ""));
  LAYER_CO_TRY(co_await parts_.ledger.remove_intent(intent.id));
  co_return true;
}

}  // namespace layer::features::deletions
