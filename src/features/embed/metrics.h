// What embeddings count. Rows of the gateway's table describe them for people.
#pragma once

#include "core/metrics.h"

namespace layer::features::embed {

inline constexpr core::MetricSpec kEmbedTokens{.name = "hevlayer_embed_tokens_total",
                                               .kind = core::MetricKind::kCounter,
                                               .help = "tokens that embedding models read",
                                               .labels = "namespace store_kind model serving"};
inline constexpr core::MetricSpec kEmbedSeconds{.name = "hevlayer_embed_compute_seconds_total",
                                                .kind = core::MetricKind::kCounter,
                                                .help = "time that embedding models took",
                                                .labels = "namespace store_kind model serving"};
inline constexpr core::MetricSpec kEmbedRequests{
    .name = "layer_embed_requests_total",
    .kind = core::MetricKind::kCounter,
    .help = "calls of embedding models by how they ended",
    .labels = "model serving status"};
inline constexpr core::MetricSpec kEmbedCacheBytes{.name = "layer_embed_cache_bytes",
                                                   .kind = core::MetricKind::kGauge,
                                                   .help = "bytes of vectors kept for equal texts"};

}  // namespace layer::features::embed
