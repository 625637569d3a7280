// All namespaces of one engine directory: what the routes call. Namespaces are opened when first
// used and closed when idle; listing opens none.
// Names have been checked by the caller ([A-Za-z0-9-_.]{1,128}; "." and ".." are legal).
// Thread safety: every member from many threads. All may block on CPU and disk: call them on a
// pool. Errors beside those named: kNotFound with the store's text for a missing namespace,
// kCorrupt for one whose files are damaged (the others are served), kIo.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/log.h"
#include "engine/namespace/metadata.h"
#include "engine/segment/snapshot.h"
#include "engine/storage/file_system.h"
#include "wire/response.h"
#include "wire/schema_input.h"
#include "wire/write.h"

namespace layer::engine::ns {

struct CatalogOptions {
  std::filesystem::path directory;
  std::uint64_t memory_segment_bytes_max = 64ULL
                                           << 20;   // recent writes of one namespace, then flush
  std::uint32_t memory_segment_rows_max = 100'000;  // the same, in documents
  std::uint32_t maintenance_threads = 1;            // flush and compaction
  std::uint32_t open_namespaces_max = 1024;         // idle ones beyond are closed
  bool sync = true;                                 // false: no fsync (speed tests only)
  std::function<std::int64_t()> now_ms{};           // epoch milliseconds; unset: the system's clock
  core::Logger* logger = nullptr;  // of maintenance that fails; outlives the catalog
};

class Catalog {
 public:
  // Takes the directory's lock, creates the directory if it is missing and removes what a crash
  // left half done. `files` must outlive the catalog. Errors: kIo, kConflict when another process
  // holds the lock.
  static Result<std::unique_ptr<Catalog>> open(CatalogOptions options, storage::FileSystem& files);
  virtual ~Catalog() = default;

  // Names that start with `prefix` and sort after `start_after` (empty: from the first).
  virtual NamePage list(std::string_view prefix, std::string_view start_after,
                        std::size_t page_size) = 0;

  // What a query reads. Every write acknowledged before the call is in it.
  virtual Result<std::shared_ptr<const Snapshot>> snapshot(std::string_view name) = 0;
  virtual Result<Metadata> metadata(std::string_view name) = 0;

  // Everything POST /v2/namespaces/{ns} does, copy and branch included. Returns when the write is
  // durable and visible; a failed one leaves no trace.
  virtual Result<wire::WriteResponse> write(std::string_view name, wire::WriteRequest request) = 0;
  // Returns the whole schema after the change.
  virtual Result<std::shared_ptr<const wire::Schema>> update_schema(
      std::string_view name, const wire::SchemaInput& input) = 0;
  virtual Result<Metadata> update_settings(std::string_view name, const SettingsUpdate& update) = 0;

  // The name is free again when this returns. Queries that run finish on their snapshot.
  virtual Result<void> remove(std::string_view name) = 0;
  // Opens the namespace and reads its files.
  virtual Result<void> warm(std::string_view name) = 0;

  // Flushes recent writes of a namespace to a segment file and runs due compaction to its end: for
  // tests, benchmarks and an orderly hand-over.
  virtual Result<void> settle(std::string_view name) = 0;

  // Waits for running maintenance and refuses further work. Nothing needs to be flushed: the logs
  // have it.
  virtual void stop() = 0;
};

}  // namespace layer::engine::ns
