#include "engine/vector/codes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <vector>

#include "engine/vector/scan_kernels.h"

namespace layer::engine::vector {
namespace {

constexpr float kMiddle = 7.5F;  // of the four-bit codes

struct Residual {
  std::vector<float> values;
  float squared = 0;
};

Residual residual_of(std::span<const float> vector, std::span<const float> centroid) {
  Residual residual{std::vector<float>(vector.size()), 0};
  for (std::size_t i = 0; i < vector.size(); ++i) {
    residual.values[i] = vector[i] - centroid[i];
    residual.squared += residual.values[i] * residual.values[i];
  }
  return residual;
}

float code_of(float value, float inverse_step) {
  return std::clamp(std::nearbyint(value * inverse_step + kMiddle), 0.0F, 15.0F);
}

// The step whose codes point most nearly into the direction of the residual.
float best_step(std::span<const float> residual) {
  float largest = 0;
  for (float value : residual) {
    largest = std::max(largest, std::abs(value));
  }
  float best = 0;
  float best_cosine = -1;
  for (float share : {0.5F, 0.6F, 0.7F, 0.8F, 0.9F, 1.0F}) {
    const float step = share * largest / (kMiddle + 0.5F);
    if (!(step > 0)) {
      continue;
    }
    const float inverse = 1 / step;
    float dot = 0;
    float squared = 0;
    for (float value : residual) {
      const float code = code_of(value, inverse) - kMiddle;
      dot += code * value;
      squared += code * code;
    }
    const float cosine = dot / std::sqrt(squared);
    if (cosine > best_cosine) {
      best_cosine = cosine;
      best = step;
    }
  }
  return best;
}

// Finite factors, whatever the input: an estimate must never become NaN.
CodeFactors factors(float squared, float code_dot_residual, float code_dot_centroid) {
  if (!(code_dot_residual > 0) || !(squared > 0)) {
    return {.add = squared, .scale = 0};  // the vector is its centroid
  }
  const float scale = 2 * squared / code_dot_residual;
  return {.add = squared + scale * code_dot_centroid, .scale = scale};
}

}  // namespace

void put_one_bit(std::span<const float> vector, std::span<const float> centroid, std::byte* block,
                 std::uint32_t lane) {
  const Residual residual = residual_of(vector, centroid);
  // Lanes 0..15 lie in the low halves of the bytes; the order within matches scan_blocks.
  const std::uint32_t in_half = lane % 16;
  const std::size_t byte = in_half < 8 ? 2 * in_half : 2 * (in_half - 8) + 1;
  const unsigned shift = lane < 16 ? 0 : 4;
  float dot_residual = 0;
  float dot_centroid = 0;
  for (std::size_t i = 0; i < vector.size(); ++i) {
    const bool positive = residual.values[i] >= 0;
    dot_residual += std::abs(residual.values[i]);
    dot_centroid += positive ? centroid[i] : -centroid[i];
    if (positive) {
      block[i / 4 * 16 + byte] |= static_cast<std::byte>(1U << (i % 4) << shift);
    }
  }
  const CodeFactors result = factors(residual.squared, dot_residual, dot_centroid);
  std::byte* add = block + one_bit_bytes(static_cast<std::uint32_t>(vector.size()));
  std::memcpy(add + lane * sizeof(float), &result.add, sizeof(float));
  std::memcpy(add + (kBlock + lane) * sizeof(float), &result.scale, sizeof(float));
}

void put_record(std::span<const float> vector, std::span<const float> centroid, std::byte* record) {
  const Residual residual = residual_of(vector, centroid);
  const float step = best_step(residual.values);
  const float inverse = step > 0 ? 1 / step : 0;
  float dot_residual = 0;
  float dot_centroid = 0;
  for (std::size_t i = 0; i < vector.size(); ++i) {
    const float code = code_of(residual.values[i], inverse);
    dot_residual += (code - kMiddle) * residual.values[i];
    dot_centroid += (code - kMiddle) * centroid[i];
    const std::size_t in_group = i % kRecordGroup;
    std::byte& byte = record[i / kRecordGroup * 64 + in_group % 64];
    byte |= static_cast<std::byte>(static_cast<unsigned>(code) << (in_group < 64 ? 0 : 4));
  }
  const CodeFactors result = factors(residual.squared, dot_residual, dot_centroid);
  std::byte* tail = record + vector.size() / 2;
  std::memcpy(tail, &result.add, sizeof(float));
  std::memcpy(tail + sizeof(float), &result.scale, sizeof(float));
}

QueryTable make_table(std::span<const float> query, std::span<std::uint8_t> table) {
  const std::size_t groups = query.size() / 4;
  float widest = 0;
  float offset = 0;
  for (std::size_t group = 0; group < groups; ++group) {
    const float* q = &query[group * 4];
    const float total = std::abs(q[0]) + std::abs(q[1]) + std::abs(q[2]) + std::abs(q[3]);
    widest = std::max(widest, total);
    offset -= total;
  }
  // The sum over all groups has to fit sixteen bits.
  const float most = std::floor(std::min(255.0F, 65535.0F / static_cast<float>(groups)));
  const float step = 2 * widest / most;
  kernel_table(query, step > 0 ? 1 / step : 0, table.data());
  return {.step = step, .offset = offset};
}

float quantise_query(std::span<const float> query, std::span<std::int8_t> out, std::int32_t& sum) {
  float largest = 0;
  for (float value : query) {
    largest = std::max(largest, std::abs(value));
  }
  const float inverse = largest > 0 ? 127 / largest : 0;
  sum = 0;
  for (std::size_t i = 0; i < query.size(); ++i) {
    out[i] =
        static_cast<std::int8_t>(std::clamp(std::nearbyint(query[i] * inverse), -127.0F, 127.0F));
    sum += out[i];
  }
  return largest / 127;
}

}  // namespace layer::engine::vector
