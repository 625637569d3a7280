#include "features/deletions/ledger.h"

#include <utility>

#include "features/namespaces/layout.h"

namespace layer::features::deletions {
namespace {

using objects::Condition;

constexpr std::size_t kIntentsAtOnce = 100;
constexpr int kRaiseTriesMax = 8;  // others that raise the same tombstone meanwhile

// A read of what may be absent.
template <class T>
Result<std::optional<T>> or_absent(Result<T> read) {
  if (read) {
    return std::optional<T>(std::move(*read));
  }
  if (read.error().code == ErrorCode::kNotFound) {
    return std::nullopt;
  }
  return std::unexpected(std::move(read).error());
}

}  // namespace

async::Task<Result<void>> Ledger::put_intent(PurgeIntent intent) {
  LAYER_CO_TRY(
      co_await objects_.put(intent_key(intent.id), print_intent(intent), Condition::none()));
  co_return Result<void>{};
}

async::Task<Result<void>> Ledger::remove_intent(std::string id) {
  co_return co_await objects_.remove(intent_key(id));
}

async::Task<Result<std::optional<PurgeIntent>>> Ledger::intent(std::string id) {
  LAYER_CO_ASSIGN(auto object, or_absent(co_await objects_.get(intent_key(id))));
  if (!object) {
    co_return std::nullopt;
  }
  LAYER_CO_ASSIGN(PurgeIntent parsed, parse_intent(std::move(object->bytes)));
  co_return std::move(parsed);
}

async::Task<Result<IntentPage>> Ledger::intents(std::string after_key) {
  LAYER_CO_ASSIGN(
      const objects::Listing listing,
      co_await objects_.list(std::string(kIntentPrefix), std::move(after_key), kIntentsAtOnce));
  IntentPage page;
  for (const objects::ListedObject& listed : listing.objects) {
    LAYER_CO_ASSIGN(auto object, or_absent(co_await objects_.get(listed.key)));
    if (!object) {
      continue;  // done with meanwhile
    }
    auto parsed = parse_intent(std::move(object->bytes));
    if (parsed) {
      page.intents.push_back(std::move(*parsed));
    } else {
      page.unreadable.push_back(listed.key);
    }
  }
  if (listing.more) {
    page.last_key = listing.objects.back().key;
  }
  co_return page;
}

async::Task<Result<std::uint64_t>> Ledger::incarnation(std::string ns) {
  LAYER_CO_ASSIGN(const auto object,
                  or_absent(co_await objects_.get(namespaces::tombstone_key(ns))));
  if (!object) {
    co_return std::uint64_t{0};
  }
  LAYER_CO_ASSIGN(const auto tombstone, namespaces::parse_tombstone(object->bytes));
  co_return tombstone.incarnation;
}

async::Task<Result<void>> Ledger::raise_incarnation(std::string ns, std::uint64_t incarnation,
                                                    std::int64_t deleted_at_ms) {
  const std::string key = namespaces::tombstone_key(ns);
  const std::string text =
      namespaces::print_tombstone({.incarnation = incarnation, .deleted_at_ms = deleted_at_ms});
  for (int tries = 1;; ++tries) {
    LAYER_CO_ASSIGN(const auto object, or_absent(co_await objects_.get(key)));
    Condition condition = Condition::absent();
    if (object) {
      LAYER_CO_ASSIGN(const auto tombstone, namespaces::parse_tombstone(object->bytes));
      if (tombstone.incarnation >= incarnation) {
        co_return Result<void>{};
      }
      condition = Condition::match(object->etag);
    }
    const auto put = co_await objects_.put(key, text, std::move(condition));
    if (put) {
      co_return Result<void>{};
    }
    if (put.error().code != ErrorCode::kConflict || tries == kRaiseTriesMax) {
      co_return std::unexpected(put.error());
    }
  }
}

async::Task<Result<std::optional<StoredReceipt>>> Ledger::receipt(std::string ns, std::string id) {
  LAYER_CO_ASSIGN(auto object, or_absent(co_await objects_.get(receipt_key(ns, id))));
  if (!object) {
    co_return std::nullopt;
  }
  LAYER_CO_ASSIGN(Receipt parsed, parse_receipt(std::move(object->bytes)));
  co_return StoredReceipt{.receipt = std::move(parsed), .etag = std::move(object->etag)};
}

async::Task<Result<std::string>> Ledger::put_receipt(Receipt receipt, std::string etag) {
  Condition condition = etag.empty() ? Condition::absent() : Condition::match(std::move(etag));
  co_return co_await objects_.put(receipt_key(receipt.ns, receipt.id), print_receipt(receipt),
                                  std::move(condition));
}

async::Task<Result<std::vector<std::string>>> Ledger::receipt_ids(std::string ns) {
  const std::string prefix = receipt_prefix(ns);
  constexpr std::string_view kSuffix = ".json";
  std::vector<std::string> ids;
  for (std::string after; ids.size() < kReceiptIdsMax;) {
    LAYER_CO_ASSIGN(const objects::Listing listing,
                    co_await objects_.list(prefix, after, objects::kListMax));
    for (const objects::ListedObject& object : listing.objects) {
      if (object.key.ends_with(kSuffix)) {
        ids.push_back(
            object.key.substr(prefix.size(), object.key.size() - prefix.size() - kSuffix.size()));
      }
    }
    if (!listing.more) {
      break;
    }
    after = listing.objects.back().key;
  }
  co_return ids;
}

async::Task<Result<std::uint64_t>> Ledger::drop_old_receipts(std::int64_t now_ms) {
  std::uint64_t dropped = 0;
  for (std::string after;;) {
    LAYER_CO_ASSIGN(const objects::Listing listing,
                    co_await objects_.list(std::string(kReceiptPrefix), after, objects::kListMax));
    for (const objects::ListedObject& object : listing.objects) {
      if (object.modified_ms < now_ms - kReceiptKeptMs) {
        LAYER_CO_TRY(co_await objects_.remove(object.key));
        ++dropped;
      }
    }
    if (!listing.more) {
      co_return dropped;
    }
    after = listing.objects.back().key;
  }
}

}  // namespace layer::features::deletions
