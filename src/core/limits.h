// Every limit of the store's wire and of this program, with its unit in its name and one home.
// Source of the wire's numbers: the limits table of the turbopuffer documentation.
#pragma once

#include <cstddef>
#include <cstdint>

namespace layer::core::limits {

inline constexpr std::size_t kKiB = 1024;
inline constexpr std::size_t kMiB = 1024 * kKiB;
inline constexpr std::size_t kGiB = 1024 * kMiB;

// Requests
inline constexpr std::size_t request_body_bytes_max = 512 * kMiB;  // after decompression as well
inline constexpr std::size_t request_head_bytes_max = 64 * kKiB;
inline constexpr std::size_t json_depth_max = 128;
inline constexpr std::size_t response_gzip_bytes_min = 1024;

// Names and values
inline constexpr std::size_t namespace_name_bytes_max = 128;
inline constexpr std::size_t id_bytes_max = 64;
inline constexpr std::size_t attribute_name_bytes_max = 128;
inline constexpr std::size_t attribute_count_max = 1024;
inline constexpr std::size_t value_bytes_max = 8 * kMiB;
inline constexpr std::size_t filterable_value_bytes_max = 4 * kKiB;
inline constexpr std::size_t document_bytes_max = 64 * kMiB;
inline constexpr std::size_t vector_dims_max = 10'752;
inline constexpr std::size_t vector_column_count_max = 8;
inline constexpr std::size_t sparse_dims_max = 1024;

// Queries
inline constexpr std::size_t query_body_bytes_max = 64 * kMiB;  // bounds what its parsed form takes
inline constexpr std::uint32_t result_rows_max = 10'000;  // limit.total, offset + limit, groups
inline constexpr std::size_t multi_query_count_max = 16;
inline constexpr std::uint32_t query_permits_max = 16;  // aggregation 4, kNN 2, others 1
inline constexpr std::size_t order_by_clauses_max = 8;
inline constexpr std::size_t aggregates_max = 8;
inline constexpr std::size_t group_keys_max = 64;
inline constexpr std::size_t compute_attributes_max = 256;
inline constexpr std::uint32_t highlight_fragments_max = 1024;
inline constexpr std::size_t full_text_query_chars_max = 8192;
inline constexpr std::uint32_t list_page_size_max = 1000;
inline constexpr std::uint32_t list_page_size_default = 100;
inline constexpr std::size_t filter_depth_max = 64;

// Writes
inline constexpr std::uint64_t delete_by_filter_rows_max = 5'000'000;
inline constexpr std::uint64_t patch_by_filter_rows_max = 50'000;
inline constexpr std::uint64_t unindexed_bytes_max = 2 * kGiB;
inline constexpr std::uint32_t shard_count_max = 256;

}  // namespace layer::core::limits
