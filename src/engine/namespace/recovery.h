// From a namespace's files to its state: manifest, segments, tombstones, then the logs behind them.
// Writes nothing but removes files that no manifest names any more.
// Thread safety: free functions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>

#include "core/error.h"
#include "engine/namespace/journal.h"
#include "engine/namespace/metadata.h"
#include "engine/segment/snapshot.h"
#include "engine/storage/file_system.h"
#include "engine/storage/manifest.h"

namespace layer::engine::ns {

// The tombstone file that holds a set of deleted documents, so that it is not written again.
struct WrittenTombstones {
  std::shared_ptr<const DocSet> deleted;
  std::uint64_t file = 0;
};

struct Recovered {
  std::shared_ptr<const Snapshot> snapshot;
  Settings settings;
  storage::Manifest manifest;  // as found; the default one when there was none
  std::map<std::uint64_t, WrittenTombstones> tombstones;  // by segment number
  Journal journal;
  std::uint64_t log_bytes = 0;  // of all logs that were replayed
};

// Errors: kCorrupt naming file and offset, kIo.
Result<Recovered> recover(storage::FileSystem& files, const std::filesystem::path& directory,
                          bool sync);

// The manifest's `state`.
std::string encode_state(const wire::Schema& schema, const Settings& settings);

// Maps and checks one segment file.
Result<SegmentView> open_segment(storage::FileSystem& files, const std::filesystem::path& directory,
                                 std::uint64_t number);

}  // namespace layer::engine::ns
