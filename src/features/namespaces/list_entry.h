// One entry of GET /v2/namespaces (rule M1 of the contract), printed. Thread safety: pure
// functions.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "features/freshness/stability.h"
#include "features/namespaces/routing.h"
#include "features/namespaces/store_metadata.h"
#include "json/writer.h"

namespace layer::features::namespaces {

inline constexpr std::size_t kMetadataErrorCharsMax = 200;
inline constexpr std::string_view kShadowSuffix = "-shadow";

// How much of a namespace is in the document cache, as far as this gateway saw.
struct ShownCache {
  std::string_view state = "cold";  // "cold", "warming", "warm"
  std::optional<std::int64_t> warmed_through_ms{};
  bool warm_inflight = false;
  bool certified = false;
};
// From any loop; asks nobody.
using CacheLook = std::function<ShownCache(std::string_view ns)>;

// `metadata` is what the store said, or the error that is shown in its place.
void print_list_entry(json::Writer& out, const Route& route, const Result<StoreMetadata>& metadata,
                      const freshness::Stability& stability, const ShownCache& cache);

// The first kMetadataErrorCharsMax characters, never half a UTF-8 sequence.
std::string_view shorten(std::string_view message);

}  // namespace layer::features::namespaces
