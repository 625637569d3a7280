// Reads that see the writes they name (rules Y12 and Y13 of the contract). A request shows write
// tokens; before its read is sent, each write to the namespace read is made visible, or the read is
// refused. A handler calls parse_read_after() on the request's headers, and once it knows level and
// namespace, wait_for_writes().
// Thread safety: plain values and free functions; a wait stays on its loop.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "async/task.h"
#include "features/freshness/stability.h"
#include "features/freshness/write_token.h"
#include "http/headers.h"
#include "store/vector_store.h"

namespace layer::features::freshness {

inline constexpr std::string_view kReadAfterHeader = "x-layer-read-after";
inline constexpr std::string_view kReadTimeoutHeader = "x-layer-read-timeout-ms";
inline constexpr std::size_t kReadAfterTokensMax = 8;
inline constexpr std::chrono::milliseconds kReadTimeoutDefault{5'000};
inline constexpr std::chrono::milliseconds kReadTimeoutMax{60'000};
// A store that says up to when its eventual reads include writes must be this far past the
// acknowledgement: the clocks of store and gateway differ.
inline constexpr std::int64_t kStoreClockSlackMs = 2'000;

struct ReadAfter {
  std::vector<WriteToken> tokens;
  std::chrono::milliseconds timeout = kReadTimeoutDefault;

  bool empty() const { return tokens.empty(); }
};

// The tokens and the wait limit of a request. Their stamps are shown to the clock. Errors:
// kInvalidToken, kValidation (more than eight tokens, a timeout that is none).
// Cost without the header: one look-up.
Result<ReadAfter> parse_read_after(const http::Headers& headers, const core::Signer& signer,
                                   HybridClock& hlc, std::int64_t now_ms);

// The consistency in force for the read; a request that names none reads at the store's default,
// which is strong.
enum class ReadLevel : std::uint8_t { kStrong, kEventual, kStable };

struct ReadTarget {
  store::VectorStore& store;
  std::string ns;                        // as in the tokens
  std::string physical;                  // in the store
  std::uint64_t incarnation = 0;         // of the namespace now
  bool stamped = true;                   // its writes carry stamps
  std::string authorization{};           // as store::Call takes it
  StabilitySource* stability = nullptr;  // for reads at level stable; null: nothing is watched
};

// Pauses between two looks; the last one repeats.
struct ReadAfterPace {
  std::array<std::chrono::milliseconds, 5> pauses{
      std::chrono::milliseconds{25}, std::chrono::milliseconds{50}, std::chrono::milliseconds{100},
      std::chrono::milliseconds{200}, std::chrono::milliseconds{250}};
};

// Completes when every write that `after` names in this namespace is visible at `level`. Tokens of
// other namespaces and of ones deleted since count as visible. When the store refuses the caller
// itself (401, 403), the wait ends: the read gets the same answer.
// Errors: kReadAfterTimeout with "waited_ms" and "token_stamp_ms"; kFeatureUnavailable (level
// stable where nothing is watched; or nothing that this store answers can show the write: reason
// stamp_off); kGatewayTimeout (the request's own deadline); kCancelled; those of
// VectorStore::send. What the arguments refer to outlives the wait.
async::Task<Result<void>> wait_for_writes(const ReadAfter& after, const ReadTarget& target,
                                          ReadLevel level, async::TimePoint request_deadline,
                                          ReadAfterPace pace = {});

}  // namespace layer::features::freshness
