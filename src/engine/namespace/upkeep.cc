// The part of a namespace that works behind the writes: flush, merges, manifest, copies. Each step
// reads a fixed set of segments without a lock and takes the commit lock only to begin and to
// install its output, so writes go on meanwhile.
#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/failpoint.h"
#include "engine/namespace/namespace.h"
#include "engine/namespace/paths.h"
#include "engine/namespace/snapshot_edit.h"

namespace layer::engine::ns {
namespace {

bool has_live(std::span<const SegmentView> views) {
  return std::ranges::any_of(views, [](const SegmentView& view) { return view.live() > 0; });
}

std::vector<SegmentView> in_memory(const Snapshot& snapshot) {
  std::vector<SegmentView> views;
  std::ranges::copy_if(snapshot.segments, std::back_inserter(views),
                       [](const SegmentView& view) { return !view.persisted; });
  return views;
}

storage::TombstoneFile tombstones_of(const DocSet& deleted) {
  return {.universe = deleted.universe(), .words = deleted.to_words()};
}

}  // namespace

bool Namespace::due(Upkeep kind) const {
  const auto now = state();
  if (kind == Upkeep::kFlush) {
    return flush_due(*now->snapshot, now->log_bytes, context_.limits) ||
           !pick_memory(*now->snapshot, {}, context_.limits).empty();
  }
  return manifest_stale_ || !pick_files(*now->snapshot, {}, context_.limits).empty();
}

Result<bool> Namespace::upkeep(Upkeep kind) {
  if (kind == Upkeep::kCompact) {
    return compact_step();
  }
  LAYER_ASSIGN(const bool flushed, flush_step(false));
  return flushed ? Result<bool>(true) : merge_memory_step();
}

Result<void> Namespace::flush() {
  LAYER_TRY(flush_step(true));
  return {};
}

Result<bool> Namespace::flush_step(bool forced) {
  const std::scoped_lock lane(flush_mutex_);
  Merge merge;
  std::uint64_t first_log = 0;
  std::uint64_t sequence = 0;
  std::uint64_t log_bytes = 0;
  {
    const std::scoped_lock lock(commit_mutex_);
    const auto now = state();
    const bool anything = now->log_bytes > 0 || memory_documents(*now->snapshot) > 0;
    if (removed_ || !now->exists || !anything ||
        !(forced || flush_due(*now->snapshot, now->log_bytes, context_.limits))) {
      return false;
    }
    // Later writes go to another log, so that this one can go once its rows are in the segment.
    first_log = journal_.rotate();
    mind_log_file();
    sequence = journal_.last_sequence();
    log_bytes = now->log_bytes;
    merge = {.inputs = in_memory(*now->snapshot), .schema = now->snapshot->schema};
    for (const SegmentView& view : merge.inputs) {
      busy_.push_back(view.segment.get());
    }
  }
  LAYER_TRY(install(merge, write_segment(merge, directory_, next_file_++), log_bytes));
  {
    const std::scoped_lock lock(manifest_mutex_);
    flushed_log_ = first_log;
    flushed_sequence_ = sequence;
  }
  LAYER_TRY(write_manifest());
  return true;
}

Result<bool> Namespace::merge_memory_step() {
  const std::scoped_lock lane(flush_mutex_);
  Merge merge;
  {
    const std::scoped_lock lock(commit_mutex_);
    const auto now = state();
    merge = {.inputs = pick_memory(*now->snapshot, busy_, context_.limits),
             .schema = now->snapshot->schema};
    if (removed_ || merge.inputs.empty()) {
      return false;
    }
    for (const SegmentView& view : merge.inputs) {
      busy_.push_back(view.segment.get());
    }
  }
  LAYER_TRY(install(merge, merge_in_memory(*merge.schema, merge.inputs), 0));
  return true;
}

Result<bool> Namespace::compact_step() {
  const std::scoped_lock lane(compact_mutex_);
  Merge merge;
  {
    const std::scoped_lock lock(commit_mutex_);
    const auto now = state();
    merge = {.inputs = pick_files(*now->snapshot, busy_, context_.limits),
             .schema = now->snapshot->schema};
    if (removed_) {
      return false;
    }
    for (const SegmentView& view : merge.inputs) {
      busy_.push_back(view.segment.get());
    }
  }
  if (merge.inputs.empty()) {
    if (manifest_stale_) {
      LAYER_TRY(write_manifest());
    }
    return false;
  }
  LAYER_TRY(install(merge, write_segment(merge, directory_, next_file_++), 0));
  core::failpoint("compaction.installed");
  LAYER_TRY(write_manifest());
  return true;
}

Result<std::optional<SegmentView>> Namespace::write_segment(const Merge& merge,
                                                            const std::filesystem::path& directory,
                                                            std::uint64_t number) const {
  if (!has_live(merge.inputs)) {
    return std::nullopt;
  }
  const auto path = segment_path(directory, number);
  const auto write = [&]() -> Result<void> {
    std::vector<segment::Source> sources;
    for (const SegmentView& view : merge.inputs) {
      if (view.live() > 0) {
        sources.push_back({.segment = view.segment, .deleted = *view.deleted});
      }
    }
    LAYER_ASSIGN(auto sink, storage::FileSink::create(context_.files, path));
    LAYER_TRY(segment::merge(*merge.schema, sources, sink,
                             {.vector_index = true, .cancelled = [&] { return is_cancelled(); }}));
    LAYER_TRY(sink.finish());
    return context_.files.sync_directory(directory);
  };
  if (auto written = write(); !written) {
    (void)context_.files.remove(path);
    return std::unexpected(std::move(written).error());
  }
  core::failpoint("flush.segment.written");
  return open_segment(context_.files, directory, number);
}

// Publishes a merge's output in place of its inputs, or releases them when it failed.
Result<void> Namespace::install(const Merge& merge, Result<std::optional<SegmentView>> output,
                                std::uint64_t log_bytes_done) {
  const std::scoped_lock lock(commit_mutex_);
  std::erase_if(busy_, [&](const segment::Segment* segment) {
    return std::ranges::any_of(
        merge.inputs, [&](const SegmentView& view) { return view.segment.get() == segment; });
  });
  if (!output) {
    return std::unexpected(std::move(output).error());
  }
  const auto now = state();
  auto snapshot = with_replaced(*now->snapshot, merge.inputs, *output);
  if (snapshot == nullptr) {
    return fail(ErrorCode::kInternal, "a segment under merge was replaced by somebody else");
  }
  const bool files = std::ranges::any_of(merge.inputs, &SegmentView::persisted) ||
                     (*output && (*output)->persisted);
  manifest_stale_ = manifest_stale_ || files;
  publish({.snapshot = std::move(snapshot),
           .settings = now->settings,
           .exists = now->exists,
           .log_bytes = now->log_bytes - log_bytes_done});
  return {};
}

Result<void> Namespace::write_manifest() {
  const std::scoped_lock lock(manifest_mutex_);
  manifest_stale_ = false;
  const auto now = state();
  storage::Manifest next{.first_log = flushed_log_,
                         .sequence = flushed_sequence_,
                         .segments = {},
                         .state = encode_state(*now->snapshot->schema, now->settings)};
  std::map<std::uint64_t, WrittenTombstones> tombstones;
  const auto write = [&]() -> Result<void> {
    for (const SegmentView& view : now->snapshot->segments) {
      if (!view.persisted) {
        continue;
      }
      storage::ManifestSegment entry{.number = view.number,
                                     .file_bytes = view.segment->file_bytes()};
      if (!view.deleted->empty()) {
        WrittenTombstones& written = tombstones[view.number];
        written = tombstones_[view.number];
        if (written.deleted != view.deleted) {
          written = {.deleted = view.deleted, .file = next_file_++};
          LAYER_TRY(
              storage::replace_file(context_.files, tombstones_path(directory_, written.file),
                                    storage::encode_tombstones(tombstones_of(*view.deleted))));
        }
        entry.tombstones = written.file;
      }
      next.segments.push_back(entry);
    }
    next.next_file = next_file_;
    core::failpoint("flush.manifest.before");
    return storage::replace_file(context_.files, directory_ / kManifestName,
                                 storage::encode_manifest(next));
  };
  if (auto written = write(); !written) {
    manifest_stale_ = true;
    return written;
  }
  core::failpoint("flush.manifest.after");
  remove_unneeded(manifest_, next);
  manifest_ = std::move(next);
  tombstones_ = std::move(tombstones);
  return {};
}

// A file that cannot be removed now is removed when the namespace is opened the next time.
void Namespace::remove_unneeded(const storage::Manifest& before, const storage::Manifest& after) {
  for (const storage::ManifestSegment& old : before.segments) {
    const auto kept =
        std::ranges::find(after.segments, old.number, &storage::ManifestSegment::number);
    if (kept == after.segments.end()) {
      (void)context_.files.remove(segment_path(directory_, old.number));
    }
    if (old.tombstones != 0 &&
        (kept == after.segments.end() || kept->tombstones != old.tombstones)) {
      (void)context_.files.remove(tombstones_path(directory_, old.tombstones));
    }
  }
  for (std::uint64_t log = before.first_log; log < after.first_log; ++log) {
    (void)context_.files.remove(log_path(directory_, log));
  }
}

Result<std::uint64_t> Namespace::export_to(const std::filesystem::path& directory,
                                           Settings settings) {
  LAYER_TRY(context_.files.create_directories(directory));
  std::shared_ptr<const State> now;
  storage::Manifest manifest;
  {
    // Files go away only under this lock, so those of the snapshot are all there.
    const std::scoped_lock lock(manifest_mutex_);
    now = state();
    for (const SegmentView& view : now->snapshot->segments) {
      if (view.persisted) {
        LAYER_TRY(context_.files.link(segment_path(directory_, view.number),
                                      segment_path(directory, view.number)));
      }
    }
  }
  std::uint64_t next_file = next_file_;
  for (const SegmentView& view : now->snapshot->segments) {
    if (!view.persisted) {
      continue;
    }
    storage::ManifestSegment entry{.number = view.number, .file_bytes = view.segment->file_bytes()};
    if (!view.deleted->empty()) {
      entry.tombstones = next_file++;
      LAYER_TRY(storage::replace_file(context_.files, tombstones_path(directory, entry.tombstones),
                                      storage::encode_tombstones(tombstones_of(*view.deleted))));
    }
    manifest.segments.push_back(entry);
  }
  const Merge recent{.inputs = in_memory(*now->snapshot), .schema = now->snapshot->schema};
  LAYER_ASSIGN(const auto written, write_segment(recent, directory, next_file));
  if (written) {
    manifest.segments.push_back(
        {.number = next_file++, .file_bytes = written->segment->file_bytes()});
  }
  core::failpoint("copy.manifest.before");
  manifest.next_file = next_file;
  manifest.state = encode_state(*now->snapshot->schema, settings);
  LAYER_TRY(storage::replace_file(context_.files, directory / kManifestName,
                                  storage::encode_manifest(manifest)));
  return now->snapshot->documents();
}

}  // namespace layer::engine::ns
