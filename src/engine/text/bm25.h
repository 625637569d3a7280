// BM25 as the store computes it, in f32 and in this order of operations (wire spec, BM25):
//   idf = ln(1 + (N - df + 0.5) / (df + 0.5));  qw = qtf * (k3 + 1) / (qtf + k3);  w = idf * qw *
//   (k1 + 1) score += w * (tf / (tf + k1 * (1 - b + b * dl / avgdl)))
#pragma once

#include <cmath>
#include <cstdint>

#include "wire/schema.h"

namespace layer::engine::text {

struct Bm25Weight {
  float weight = 0;
  float k1 = 1.2F;
  float b = 0.75F;
  float avgdl = 1;

  // What a field of `dl` tokens adds to the denominator; the same for all terms of a field, so that
  // loops over many documents may keep it in a table.
  float norm(float dl) const {
    const float ratio = dl / avgdl;
    return k1 * (1.0F - b + b * ratio);
  }
  float score_with_norm(float tf, float norm) const { return weight * (tf / (tf + norm)); }
  // Contribution of one term that occurs `tf` > 0 times in a field of `dl` tokens.
  float score(float tf, float dl) const { return score_with_norm(tf, norm(dl)); }
};

// `documents`: all live documents of the namespace, with or without the field. `qtf`: occurrences
// in the query.
inline Bm25Weight bm25_weight(const wire::FullTextConfig& config, float documents, float df,
                              float qtf, float avgdl) {
  const float ratio = (documents - df + 0.5F) / (df + 0.5F);
  const float idf = std::log(1.0F + ratio);
  const float query_weight = qtf * (config.k3 + 1.0F) / (qtf + config.k3);
  return {.weight = idf * query_weight * (config.k1 + 1.0F),
          .k1 = config.k1,
          .b = config.b,
          .avgdl = avgdl};
}

}  // namespace layer::engine::text
