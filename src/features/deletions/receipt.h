// What a namespace delete has removed and what is still to go, place by place (rule D5 of the
// contract). Kept for 400 days. Thread safety: plain values and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "features/deletions/purge_intent.h"
#include "json/writer.h"

namespace layer::features::deletions {

enum class PlaceState : std::uint8_t { kPending, kDone, kFailed };
enum class ReceiptState : std::uint8_t { kPending, kComplete, kFailed };
std::string_view name(PlaceState state);    // "pending", "done", "failed"
std::string_view name(ReceiptState state);  // "pending", "complete", "failed"

struct ReceiptLine {
  std::string place;
  PlaceState state = PlaceState::kPending;
  std::optional<std::int64_t> purged_at_ms{};
  std::optional<std::uint64_t> objects{};  // how many were removed, where they are counted
  std::string error{};                     // of the last attempt

  bool operator==(const ReceiptLine&) const = default;
};

struct Receipt {
  std::string id;
  std::string ns;
  std::int64_t requested_at_ms = 0;
  std::string requested_by;
  std::optional<std::int64_t> completed_at_ms{};
  ReceiptState state = ReceiptState::kPending;
  std::string reason{};  // of a failed one
  std::vector<ReceiptLine> places{};

  // The line of that place, added when there is none.
  ReceiptLine& line(std::string_view place);
  bool operator==(const Receipt&) const = default;
};

inline constexpr std::int64_t kReceiptKeptMs = 400LL * 24 * 60 * 60 * 1000;
inline constexpr std::string_view kReceiptPrefix = "namespace-deletions/";
std::string receipt_prefix(std::string_view ns);
std::string receipt_key(std::string_view ns, std::string_view id);

// A receipt with nothing done.
Receipt new_receipt(const PurgeIntent& intent);

// As it is stored.
std::string print_receipt(const Receipt& receipt);
// As one value of a larger body, without the stored form's version.
void put_receipt(json::Writer& out, const Receipt& receipt);
// Errors: kCorrupt.
Result<Receipt> parse_receipt(std::string text);

}  // namespace layer::features::deletions
