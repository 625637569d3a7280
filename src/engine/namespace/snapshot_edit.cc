#include "engine/namespace/snapshot_edit.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include "engine/storage/sections.h"

namespace layer::engine::ns {
namespace {

Result<SegmentView> open_in_memory(std::vector<std::byte> bytes) {
  SegmentView view;
  LAYER_ASSIGN(view.segment, segment::Segment::open(storage::memory_blob(std::move(bytes))));
  view.deleted = std::make_shared<const DocSet>(view.segment->size());
  return view;
}

std::shared_ptr<const DocSet> grown(const DocSet& deleted, std::span<const DocId> more) {
  auto copy = std::make_shared<DocSet>(deleted);
  if (more.size() == 1) {
    copy->add(more.front());
  } else {
    *copy |= DocSet::unsorted(deleted.universe(), more);
  }
  return copy;
}

// New ids often lie beyond all old ones: then nothing needs to be looked up.
bool may_overlap(const segment::Segment& segment, const Overlay& rows) {
  return segment.size() > 0 && !rows.empty() &&
         rows.begin()->first <= segment.id(segment.size() - 1) &&
         segment.id(0) <= rows.rbegin()->first;
}

std::vector<Row> take_rows(Overlay overlay) {
  std::vector<Row> rows;
  rows.reserve(overlay.size());
  for (auto& [id, row] : overlay) {
    if (row) {
      rows.push_back(std::move(*row));
    }
  }
  return rows;
}

// The tokens of an attribute's index would differ, or there is no index yet.
bool lacks_index(const wire::Attribute& built, const wire::Attribute& wanted) {
  const bool text =
      wanted.full_text && (!built.full_text || !built.full_text->same_analysis(*wanted.full_text));
  return text || built.type != wanted.type || (wanted.filterable && !built.filterable) ||
         (wanted.regex && !built.regex) || (wanted.glob && !built.glob) ||
         (wanted.fuzzy && !built.fuzzy) || (wanted.sparse_knn && !built.sparse_knn);
}

}  // namespace

std::optional<Location> locate(const Snapshot& snapshot, const wire::Id& id) {
  for (const SegmentView& view : snapshot.segments | std::views::reverse) {
    const auto doc = view.segment->find(id);
    if (doc && !view.deleted->contains(*doc)) {
      return Location{.view = &view, .doc = *doc};
    }
  }
  return std::nullopt;
}

Result<std::shared_ptr<Snapshot>> with_rows(const Snapshot& base,
                                            std::shared_ptr<const wire::Schema> schema,
                                            Overlay rows) {
  auto next = std::make_shared<Snapshot>(base);
  next->schema = std::move(schema);
  std::vector<DocId> docs;
  for (SegmentView& view : next->segments) {
    if (!may_overlap(*view.segment, rows)) {
      continue;
    }
    docs.clear();
    for (const auto& [id, row] : rows) {
      const auto doc = view.segment->find(id);
      if (doc && !view.deleted->contains(*doc)) {
        docs.push_back(*doc);
      }
    }
    if (!docs.empty()) {
      view.deleted = grown(*view.deleted, docs);
    }
  }
  const std::vector<Row> added = take_rows(std::move(rows));
  if (!added.empty()) {
    LAYER_ASSIGN(std::vector<std::byte> bytes,
                 segment::build_from_rows(*next->schema, added, segment::BuildOptions{}));
    LAYER_ASSIGN(SegmentView view, open_in_memory(std::move(bytes)));
    next->segments.push_back(std::move(view));
  }
  return next;
}

Result<std::optional<SegmentView>> merge_in_memory(const wire::Schema& schema,
                                                   std::span<const SegmentView> views) {
  std::vector<segment::Source> sources;
  for (const SegmentView& view : views) {
    if (view.live() > 0) {
      sources.push_back({.segment = view.segment, .deleted = *view.deleted});
    }
  }
  if (sources.empty()) {
    return std::nullopt;
  }
  storage::MemorySink sink;
  LAYER_TRY(segment::merge(schema, sources, sink, segment::BuildOptions{}));
  LAYER_ASSIGN(SegmentView view, open_in_memory(sink.take()));
  return view;
}

std::shared_ptr<Snapshot> with_replaced(const Snapshot& base, std::span<const SegmentView> inputs,
                                        const std::optional<SegmentView>& output) {
  auto next = std::make_shared<Snapshot>();
  next->schema = base.schema;
  next->version = base.version;
  std::vector<DocId> gone;  // in the output
  std::size_t found = 0;
  std::size_t at = base.segments.size();
  for (std::size_t i = 0; i < base.segments.size(); ++i) {
    const SegmentView& view = base.segments[i];
    const auto input = std::ranges::find(inputs, view.segment, &SegmentView::segment);
    if (input == inputs.end()) {
      next->segments.push_back(view);
      continue;
    }
    ++found;
    at = std::min(at, next->segments.size());
    if (output && view.deleted != input->deleted) {
      DocSet since = *view.deleted;
      since.subtract(*input->deleted);
      since.for_each([&](DocId doc) {
        if (const auto moved = output->segment->find(view.segment->id(doc))) {
          gone.push_back(*moved);
        }
      });
    }
  }
  if (found != inputs.size()) {
    return nullptr;
  }
  if (output) {
    SegmentView view = *output;
    if (!gone.empty()) {
      view.deleted = grown(*view.deleted, gone);
    }
    next->segments.insert(next->segments.begin() + static_cast<std::ptrdiff_t>(at),
                          std::move(view));
  }
  return next;
}

bool is_stale(const segment::Segment& segment, const wire::Schema& schema) {
  const auto& built = segment.schema().attributes();
  for (std::size_t i = 0; i < built.size() && i < schema.attributes().size(); ++i) {
    if (lacks_index(built[i], schema.attributes()[i])) {
      return true;
    }
  }
  return false;
}

std::uint64_t memory_bytes(const Snapshot& snapshot) {
  std::uint64_t total = 0;
  for (const SegmentView& view : snapshot.segments) {
    total += view.persisted ? 0 : view.segment->logical_bytes();
  }
  return total;
}

std::uint64_t memory_documents(const Snapshot& snapshot) {
  std::uint64_t total = 0;
  for (const SegmentView& view : snapshot.segments) {
    total += view.persisted ? 0 : view.live();
  }
  return total;
}

std::uint64_t live_bytes(const SegmentView& view) {
  if (view.segment->size() == 0) {
    return 0;
  }
  const double share = static_cast<double>(view.live()) / view.segment->size();
  return static_cast<std::uint64_t>(static_cast<double>(view.segment->logical_bytes()) * share);
}

}  // namespace layer::engine::ns
