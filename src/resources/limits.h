// Every limit of reading resources, with its unit in its name. Thread safety: constants.
#pragma once

#include <chrono>
#include <cstddef>

namespace layer::resources::limits {

inline constexpr std::size_t file_bytes_max = 4 * 1024 * 1024;
inline constexpr std::size_t file_count_max = 10'000;
inline constexpr std::size_t directory_depth_max = 16;
inline constexpr std::size_t directory_count_max = 4'096;
// Values of one document, those an alias repeats included: what stops a file of a few lines that
// unfolds into gigabytes.
inline constexpr std::size_t document_values_max = 200'000;
inline constexpr std::size_t nesting_depth_max = 64;
inline constexpr std::size_t object_count_max = 100'000;
inline constexpr std::size_t mistakes_per_file_max = 1'000;

inline constexpr std::chrono::milliseconds debounce{200};
inline constexpr std::chrono::milliseconds debounce_total_max{2'000};
inline constexpr std::chrono::milliseconds rescan_interval{30'000};

}  // namespace layer::resources::limits
