// What a namespace delete leaves behind before the store is asked, so that whoever comes after a
// crash knows what was begun (rule D1 of the contract). One small JSON object each.
// Thread safety: plain values and pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.h"

namespace layer::features::deletions {

struct PurgeIntent {
  std::string id;        // a time-ordered UUID, also the receipt's
  std::string ns;        // the logical name
  std::string physical;  // its name in the store
  std::string store;
  std::string requested_by;  // the key's name
  std::int64_t requested_at_ms = 0;
  std::uint64_t incarnation = 0;  // of the namespace that is deleted
  // What was written until then belongs to the deleted namespace; later data is its successor's.
  std::int64_t cutoff_ms = 0;
  // Whether a delete of unknown outcome may be repeated with the gateway's own credential. Not when
  // only the store could judge the caller: what it might have refused is not done behind its back.
  bool may_repeat = true;

  bool operator==(const PurgeIntent&) const = default;
};

inline constexpr std::string_view kIntentPrefix = "namespace-purges/v1/";
std::string intent_key(std::string_view id);

std::string print_intent(const PurgeIntent& intent);
// Errors: kCorrupt.
Result<PurgeIntent> parse_intent(std::string text);

}  // namespace layer::features::deletions
