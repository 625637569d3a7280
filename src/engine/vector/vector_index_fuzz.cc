// Opens and searches damaged bytes: a valid index over a small column with the fuzzer's changes
// laid over it, so that damage reaches behind the checks of the header.
#include <algorithm>
#include <cstring>
#include <vector>

#include "engine/vector/index.h"
#include "testing/fuzz.h"

namespace layer::engine::vector {
namespace {

constexpr std::uint32_t kDims = 3;
constexpr std::size_t kCount = 150;

const std::vector<float>& stored() {
  static const std::vector<float> values = [] {
    std::vector<float> numbers(kCount * kDims);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      numbers[i] = static_cast<float>(i * 37 % 101) - 50;
    }
    return numbers;
  }();
  return values;
}

VectorView column() {
  return {std::as_bytes(std::span(stored())).data(), kCount, kDims, ElementType::kF32};
}

const std::vector<std::byte>& valid() {
  static const std::vector<std::byte> bytes =
      build_index(column(), DistanceMetric::kCosine, DocSet::all(kCount), {}).value();
  return bytes;
}

}  // namespace

// Input: changes of three bytes each, a place (two bytes, scaled to the index) and a value; a
// trailing byte cuts the index short.
LAYER_FUZZ_TARGET(vector_index_fuzz) {
  std::vector<std::byte> bytes = valid();
  for (; size >= 3; data += 3, size -= 3) {
    const std::size_t place = (data[0] | std::size_t{data[1]} << 8) * bytes.size() >> 16;
    bytes[place] = static_cast<std::byte>(data[2]);
  }
  if (size == 1) {
    bytes.resize(bytes.size() * data[0] / 256);
  }
  const auto index = Index::open(bytes, column(), DistanceMetric::kCosine);
  if (!index) {
    return;
  }
  const std::vector<float> query = {1, -2, 3};
  const DocSet some = DocSet::of(kCount, {1, 2, 3, 70, 71, 149}).complement();
  (*index)->search(query, {.k = 7});
  (*index)->search(query, {.k = 7, .allowed = &some});
}

}  // namespace layer::engine::vector
