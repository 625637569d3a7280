// What a namespace says of itself, beside its schema and documents. Plain values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/schema.h"
#include "wire/value.h"

namespace layer::engine::ns {

struct Pinning {
  std::uint32_t replicas = 1;
  wire::Datetime updated_at{};
  bool operator==(const Pinning&) const = default;
};

// The part that is stored: in the log when it changes, in the manifest at a flush.
struct Settings {
  bool read_only = false;
  std::optional<Pinning> pinning{};
  std::optional<std::uint32_t> num_shards{};  // fixed by the first write
  std::optional<std::string> parent{};        // of a branch
  wire::Datetime created_at{};
  wire::Datetime updated_at{};                    // data or schema
  std::optional<wire::Datetime> last_write_at{};  // data
  bool operator==(const Settings&) const = default;
};

// What a flush or an index rebuild has still to do.
struct Unindexed {
  std::uint64_t bytes = 0;
  std::uint64_t rows = 0;
};

struct Metadata {
  std::shared_ptr<const wire::Schema> schema;
  Settings settings;
  // Of flushed documents only: both are 0 for a small fresh namespace.
  std::uint64_t approx_logical_bytes = 0;
  std::uint64_t approx_row_count = 0;
  // Set while a flush or an index rebuild is due or running: index.status is "updating" then.
  std::optional<Unindexed> unindexed{};
};

// PATCH metadata; unset members stay as they are.
struct SettingsUpdate {
  std::optional<bool> read_only{};
  std::optional<std::optional<std::uint32_t>> replicas{};  // inner nullopt: unpin; at least 1
};

// One page of GET /v1/namespaces. Names ascend by `<name>-table/`, the store's sort key, so that
// "demo-copy" comes before "demo".
struct NamePage {
  std::vector<std::string> names;
  bool more = false;  // names follow after this page
};

}  // namespace layer::engine::ns
