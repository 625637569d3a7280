#include "cache/rocksdb/disk_database.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

namespace layer::cache {
namespace {

namespace fs = std::filesystem;
using core::limits::kKiB;
using core::limits::kMiB;

// Twelve parts: nine or more slices with records, one for held records, two for what is being
// written and merged.
constexpr std::uint64_t kParts = 12;
constexpr const char* kDatabase = "db";
// The wall clock may have been corrected by so much since the cache was closed.
constexpr DiskTime kClockSlackMs = 1000;

rocksdb::DBOptions database_options(const DiskOptions& options) {
  rocksdb::DBOptions out;
  out.create_if_missing = true;
  out.max_background_jobs = 2;
  out.info_log_level = rocksdb::WARN_LEVEL;
  out.keep_log_file_num = 2;
  out.max_log_file_size = kMiB;
  out.avoid_flush_during_shutdown = true;  // who closes in order flushes before
  out.stats_dump_period_sec = 0;
  if (options.env != nullptr) {
    out.env = options.env;
  }
  return out;
}

Result<void> wipe(const fs::path& directory) {
  std::error_code error;
  fs::remove_all(directory, error);
  if (error) {
    return fail(ErrorCode::kIo, fmt::format("{}: {}", directory.string(), error.message()));
  }
  return {};
}

// The database with its column families, or why not.
Result<void> open_families(const DiskOptions& options, const std::vector<std::uint32_t>& ids,
                           OpenedDatabase& opened) {
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  families.reserve(ids.size());
  const rocksdb::ColumnFamilyOptions family = family_options(options);
  for (const std::uint32_t id : ids) {
    families.emplace_back(Slice::family_name(id), family);
  }
  rocksdb::DBOptions database = database_options(options);
  database.create_missing_column_families = true;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(
      database, (options.directory / kDatabase).string(), families, &handles, &db);
  if (!status.ok()) {
    return std::unexpected(error_of(status));
  }
  opened.db.reset(db);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    opened.slices.push_back(std::make_shared<Slice>(*db, handles[i], ids[i]));
  }
  return {};
}

// The marker and the database must name the same slices.
Result<void> check_families(const DiskOptions& options, const ClosedMarker& marker) {
  std::vector<std::string> found;
  const rocksdb::Status status = rocksdb::DB::ListColumnFamilies(
      database_options(options), (options.directory / kDatabase).string(), &found);
  if (!status.ok()) {
    return std::unexpected(error_of(status));
  }
  std::set<std::string> named;
  for (const ClosedSlice& slice : marker.slices) {
    named.insert(Slice::family_name(slice.id));
  }
  const bool ordered = std::ranges::is_sorted(marker.slices, std::less<>{}, &ClosedSlice::id);
  if (named.size() != marker.slices.size() || marker.slices.size() < 2 || !ordered ||
      marker.slices.front().id != kHeldSlice ||
      named != std::set<std::string>(found.begin(), found.end())) {
    return fail(ErrorCode::kCorrupt, "the marker and the database name different slices");
  }
  return {};
}

Result<void> reopen(const DiskOptions& options, std::string_view marker_bytes, DiskTime now,
                    OpenedDatabase& opened) {
  LAYER_ASSIGN(ClosedMarker marker, decode_closed(marker_bytes));
  if (marker.closed_ms > now + kClockSlackMs) {
    return fail(ErrorCode::kCorrupt, "it was closed in the future: the clock was set back");
  }
  LAYER_TRY(check_families(options, marker));
  std::vector<std::uint32_t> ids;
  for (const ClosedSlice& slice : marker.slices) {
    ids.push_back(slice.id);
  }
  LAYER_TRY(open_families(options, ids, opened));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    ClosedSlice& slice = marker.slices[i];
    opened.slices[i]->restore(std::move(slice.shares), slice.last_put_ms, slice.live_bytes);
    // The newest takes further records; no writer ever began on the others.
    opened.slices[i]->closed = i != 0 && i + 1 != ids.size();
  }
  opened.last_version = marker.last_version;
  return {};
}

}  // namespace

Error error_of(const rocksdb::Status& status) {
  const ErrorCode code = status.IsCorruption() ? ErrorCode::kCorrupt
                         : status.IsBusy() || status.IsTimedOut() || status.IsTryAgain() ||
                                 status.IsShutdownInProgress()
                             ? ErrorCode::kUnavailable
                             : ErrorCode::kIo;
  return {.code = code, .message = "the cache's disk: " + status.ToString()};
}

std::uint64_t slice_bytes_max(const DiskOptions& options) {
  return std::max(options.bytes_max, kDiskBytesMin) / kParts;
}

rocksdb::ColumnFamilyOptions family_options(const DiskOptions& options) {
  rocksdb::ColumnFamilyOptions out;
  const std::uint64_t slice = slice_bytes_max(options);
  out.write_buffer_size = std::clamp<std::uint64_t>(slice / 4, 256 * kKiB, 16 * kMiB);
  out.max_write_buffer_number = 4;
  out.target_file_size_base = std::clamp<std::uint64_t>(slice / 4, kMiB, 64 * kMiB);
  out.max_bytes_for_level_base = 4 * out.target_file_size_base;
  // Half of what LZ4 leaves of JSON rows, for some microseconds a read.
  out.compression = rocksdb::kZSTD;
  out.compression_opts.level = 1;
  // Fewer rewrites than by levels; the room it may take for a while is one slice's.
  out.compaction_style = rocksdb::kCompactionStyleUniversal;
  // Most look-ups of a put and of a miss end here: in a table that does not hold the key.
  out.memtable_prefix_bloom_size_ratio = 0.01;
  out.memtable_whole_key_filtering = true;
  // Slices are dropped before they grow enough for this to help.
  out.soft_pending_compaction_bytes_limit = 0;
  out.hard_pending_compaction_bytes_limit = 0;
  out.level0_slowdown_writes_trigger = 40;
  out.level0_stop_writes_trigger = 80;

  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  table.block_size = 4 * kKiB;
  table.checksum = rocksdb::kXXH3;
  table.format_version = 5;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  // Bounded memory however many records there are.
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  out.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return out;
}

Result<DirectoryLock> DirectoryLock::take(const fs::path& directory) {
  const fs::path path = directory / "LOCK";
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) {
    return fail(ErrorCode::kIo, fmt::format("{}: {}", path.string(), std::strerror(errno)));
  }
  DirectoryLock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    return fail(ErrorCode::kConflict,
                fmt::format("{} is in use by another process; give each its own data directory",
                            directory.string()));
  }
  return lock;
}

DirectoryLock::~DirectoryLock() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

Result<OpenedDatabase> open_database(const DiskOptions& options, DiskTime now,
                                     core::Logger& logger) {
  std::error_code error;
  fs::create_directories(options.directory, error);
  if (error) {
    return fail(ErrorCode::kIo, fmt::format("{}: {}", options.directory.string(), error.message()));
  }
  LAYER_ASSIGN(DirectoryLock lock, DirectoryLock::take(options.directory));
  OpenedDatabase opened{.lock = std::move(lock)};
  LAYER_ASSIGN(const auto marker, take_closed(options.directory));
  const bool records = fs::exists(options.directory / kDatabase, error);
  if (marker) {
    const auto kept = reopen(options, *marker, now, opened);
    if (kept) {
      return opened;
    }
    opened.slices.clear();
    opened.db.reset();
    logger.warn("the disk cache cannot be used again; it starts empty",
                {{"directory", options.directory.string()}, {"reason", kept.error().message}});
  } else if (records) {
    logger.info("the disk cache was not closed in order; it starts empty",
                {{"directory", options.directory.string()}});
  }
  LAYER_TRY(wipe(options.directory / kDatabase));
  LAYER_TRY(open_families(options, {kHeldSlice, 1}, opened));
  return opened;
}

}  // namespace layer::cache
