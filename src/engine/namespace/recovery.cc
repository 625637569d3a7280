#include "engine/namespace/recovery.h"

#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/bytes.h"
#include "engine/namespace/codec.h"
#include "engine/namespace/paths.h"
#include "engine/namespace/record.h"
#include "engine/namespace/snapshot_edit.h"

namespace layer::engine::ns {
namespace {

using storage::Blob;
using storage::FileSystem;
using storage::Manifest;

std::unexpected<Error> damaged(const std::string& name, std::string_view what) {
  return fail(ErrorCode::kCorrupt, fmt::format("file {} is damaged: {}", name, what));
}

struct Log {
  std::uint64_t number = 0;
  std::shared_ptr<const Blob> blob;
  std::optional<std::uint64_t> first_sequence{};
};

class Recovery {
 public:
  Recovery(FileSystem& files, std::filesystem::path directory, bool sync)
      : files_(files), directory_(std::move(directory)), sync_(sync) {}

  Result<Recovered> run() {
    LAYER_ASSIGN(const std::vector<std::string> names, files_.list(directory_));
    const bool has_manifest = std::ranges::find(names, kManifestName) != names.end();
    if (has_manifest) {
      LAYER_TRY(read_manifest());
    }
    LAYER_TRY(open_segments());
    LAYER_TRY(map_logs(names));
    if (!has_manifest && logs_.empty()) {
      return fail(ErrorCode::kCorrupt, fmt::format("directory {} has neither a manifest nor a log",
                                                   directory_.string()));
    }
    Journal journal(files_, directory_, sync_, manifest_.first_log, manifest_.sequence + 1);
    LAYER_TRY(replay(journal));
    snapshot_.schema = std::make_shared<const wire::Schema>(std::move(schema_));
    LAYER_ASSIGN(auto snapshot, with_rows(snapshot_, snapshot_.schema, std::move(rows_)));
    snapshot->version = journal.last_sequence();
    LAYER_TRY(remove_leftovers(names));
    return Recovered{.snapshot = std::move(snapshot),
                     .settings = std::move(settings_),
                     .manifest = std::move(manifest_),
                     .tombstones = std::move(tombstones_),
                     .journal = std::move(journal),
                     .log_bytes = log_bytes_};
  }

 private:
  Result<void> read_manifest() {
    const auto path = directory_ / kManifestName;
    LAYER_ASSIGN(const auto bytes, files_.read(path));
    LAYER_ASSIGN(manifest_, storage::decode_manifest(bytes, path.string()));
    core::ByteReader in(manifest_.state);
    schema_ = decode_schema(in);
    settings_ = decode_settings(in);
    return in.done() ? Result<void>{} : damaged(path.string(), "its state cannot be read");
  }

  Result<void> open_segments() {
    for (const storage::ManifestSegment& entry : manifest_.segments) {
      LAYER_ASSIGN(SegmentView view, open_segment(files_, directory_, entry.number));
      if (view.segment->file_bytes() != entry.file_bytes) {
        return damaged(segment_path(directory_, entry.number).string(),
                       fmt::format("the manifest says {} bytes, {} found", entry.file_bytes,
                                   view.segment->file_bytes()));
      }
      if (entry.tombstones != 0) {
        LAYER_TRY(read_tombstones(entry, view));
      }
      snapshot_.segments.push_back(std::move(view));
    }
    return {};
  }

  Result<void> read_tombstones(const storage::ManifestSegment& entry, SegmentView& view) {
    const auto path = tombstones_path(directory_, entry.tombstones);
    LAYER_ASSIGN(const auto bytes, files_.read(path));
    LAYER_ASSIGN(auto file, storage::decode_tombstones(bytes, path.string()));
    if (file.universe != view.segment->size()) {
      return damaged(path.string(), "it belongs to a segment of another size");
    }
    view.deleted =
        std::make_shared<const DocSet>(DocSet::from_words(file.universe, std::move(file.words)));
    tombstones_[entry.number] = {.deleted = view.deleted, .file = entry.tombstones};
    return {};
  }

  Result<void> map_logs(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      const auto number = number_of(name, kLogPrefix);
      if (!number || *number < manifest_.first_log) {
        continue;
      }
      Log log{.number = *number, .blob = nullptr};
      LAYER_ASSIGN(log.blob, files_.map(log_path(directory_, *number)));
      LAYER_ASSIGN(log.first_sequence,
                   storage::log_first_sequence(log.blob->bytes(), log.blob->name()));
      logs_.push_back(std::move(log));
    }
    std::ranges::sort(logs_, {}, &Log::number);
    return {};
  }

  Result<void> replay(Journal& journal) {
    std::uint64_t next_sequence = manifest_.sequence + 1;
    for (std::size_t i = 0; i < logs_.size(); ++i) {
      const Log& log = logs_[i];
      if (!log.first_sequence) {
        continue;  // a crash while it was created: nothing was acknowledged from it
      }
      if (*log.first_sequence != next_sequence) {
        return damaged(log.blob->name(),
                       fmt::format("it begins with record {}, record {} was expected: the end of "
                                   "the log before it is missing",
                                   *log.first_sequence, next_sequence));
      }
      // What lies beyond the beginning of the next file was refused when its fsync failed.
      const std::uint64_t end = next_first_sequence(i + 1);
      LAYER_ASSIGN(const storage::LogScan scan,
                   storage::scan_log(log.blob->bytes(), log.blob->name(),
                                     [&](std::uint64_t sequence, std::string_view payload) {
                                       return sequence < end ? replay_record(log, sequence, payload)
                                                             : Result<void>{};
                                     }));
      log_bytes_ += scan.valid_bytes;
      next_sequence = std::min(scan.next_sequence, end);
      if (i + 1 == logs_.size()) {
        journal.resume(log.number, scan);
      }
    }
    if (!logs_.empty() && !logs_.back().first_sequence) {
      journal = Journal(files_, directory_, sync_, logs_.back().number, next_sequence);
    }
    logs_.clear();  // unmapped before anyone may truncate
    return {};
  }

  std::uint64_t next_first_sequence(std::size_t from) const {
    for (std::size_t i = from; i < logs_.size(); ++i) {
      if (logs_[i].first_sequence) {
        return *logs_[i].first_sequence;
      }
    }
    return ~std::uint64_t{0};
  }

  Result<void> replay_record(const Log& log, std::uint64_t sequence, std::string_view payload) {
    auto record = decode_record(payload);
    if (!record) {
      return damaged(log.blob->name(),
                     fmt::format("record {}: {}", sequence, record.error().message));
    }
    if (record->schema) {
      schema_ = std::move(*record->schema);
    }
    settings_ = std::move(record->settings);
    for (auto& [id, row] : record->rows) {
      if (row && !row->fields.empty() && row->fields.back().attr >= schema_.attributes().size()) {
        return damaged(log.blob->name(),
                       fmt::format("record {} names an attribute that does not exist", sequence));
      }
      rows_.insert_or_assign(id, std::move(row));
    }
    return {};
  }

  // Files of flushes, compactions and replacements that a crash interrupted, and logs that the
  // manifest no longer needs.
  Result<void> remove_leftovers(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      if (!is_needed(name)) {
        LAYER_TRY(files_.remove(directory_ / name));
      }
    }
    return {};
  }

  bool is_needed(const std::string& name) const {
    if (const auto log = number_of(name, kLogPrefix)) {
      return *log >= manifest_.first_log;
    }
    const auto listed = [&](std::uint64_t number, auto member) {
      return std::ranges::find(manifest_.segments, number, member) != manifest_.segments.end();
    };
    if (const auto number = number_of(name, kSegmentPrefix)) {
      return listed(*number, &storage::ManifestSegment::number);
    }
    if (const auto number = number_of(name, kTombstonesPrefix)) {
      return listed(*number, &storage::ManifestSegment::tombstones);
    }
    return name == kManifestName;
  }

  FileSystem& files_;
  std::filesystem::path directory_;
  bool sync_;
  Manifest manifest_;
  wire::Schema schema_;
  Settings settings_;
  Snapshot snapshot_;
  std::map<std::uint64_t, WrittenTombstones> tombstones_;
  std::vector<Log> logs_;
  Overlay rows_;
  std::uint64_t log_bytes_ = 0;
};

}  // namespace

Result<Recovered> recover(FileSystem& files, const std::filesystem::path& directory, bool sync) {
  return Recovery(files, directory, sync).run();
}

std::string encode_state(const wire::Schema& schema, const Settings& settings) {
  core::ByteWriter out;
  encode(out, schema);
  encode(out, settings);
  return out.take();
}

Result<SegmentView> open_segment(FileSystem& files, const std::filesystem::path& directory,
                                 std::uint64_t number) {
  SegmentView view;
  LAYER_ASSIGN(auto blob, files.map(segment_path(directory, number)));
  LAYER_ASSIGN(view.segment, segment::Segment::open(std::move(blob)));
  view.deleted = std::make_shared<const DocSet>(view.segment->size());
  view.persisted = true;
  view.number = number;
  return view;
}

}  // namespace layer::engine::ns
