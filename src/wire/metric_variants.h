// Distance metrics as a request names them.
#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "wire/schema.h"

namespace layer::wire {

inline constexpr std::array kMetricVariants{
    std::pair{std::string_view("cosine_distance"), DistanceMetric::kCosine},
    std::pair{std::string_view("euclidean_squared"), DistanceMetric::kEuclideanSquared},
};

}  // namespace layer::wire
