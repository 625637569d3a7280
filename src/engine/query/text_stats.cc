#include "engine/query/text_stats.h"

#include <algorithm>

#include "engine/query/segment_access.h"
#include "engine/segment/posting_cursor.h"

namespace layer::engine::query {
namespace {

// A seek decodes about this many postings.
constexpr std::uint64_t kSeekCost = 32;

}  // namespace

std::uint64_t live_frequency(const SegmentView& view, const segment::TextIndex& index,
                             segment::TermId term) {
  const std::uint64_t frequency = index.document_frequency(term);
  const DocSet& deleted = *view.deleted;
  if (deleted.empty()) {
    return frequency;
  }
  std::uint64_t gone = 0;
  if (deleted.count() * kSeekCost < frequency) {
    segment::PostingCursor cursor = index.postings(term);
    deleted.for_each([&](DocId doc) {
      cursor.seek(doc);
      gone += cursor.doc() == doc ? 1 : 0;
    });
  } else {
    std::vector<DocId> docs;
    index.documents_of(term, docs);
    gone = static_cast<std::uint64_t>(
        std::ranges::count_if(docs, [&](DocId doc) { return deleted.contains(doc); }));
  }
  return frequency - gone;
}

Result<FieldStats> FieldStats::collect(const Snapshot& snapshot, AttrId attr,
                                       std::string_view name) {
  FieldStats stats;
  stats.snapshot_ = &snapshot;
  stats.documents_ = snapshot.documents();
  for (const SegmentView& view : snapshot.segments) {
    LAYER_ASSIGN(const segment::TextIndex* index, text_of(*view.segment, attr, name));
    stats.indexes_.push_back(index);
    if (index == nullptr) {
      continue;
    }
    std::uint64_t with_field = index->documents();
    std::uint64_t tokens = index->total_tokens();
    view.deleted->for_each([&](DocId doc) {
      const std::uint32_t length = index->length(doc);
      with_field -= length > 0 ? 1 : 0;
      tokens -= length;
    });
    stats.with_field_ += with_field;
    stats.tokens_ += tokens;
  }
  return stats;
}

float FieldStats::average_length() const {
  return with_field_ == 0 ? 1.0F : static_cast<float>(tokens_) / static_cast<float>(with_field_);
}

float FieldStats::document_frequency(std::string_view term) const {
  std::uint64_t total = 0;
  for (std::size_t s = 0; s < indexes_.size(); ++s) {
    if (indexes_[s] == nullptr) {
      continue;
    }
    if (const auto found = indexes_[s]->find(term)) {
      total += live_frequency(snapshot_->segments[s], *indexes_[s], *found);
    }
  }
  return static_cast<float>(total);
}

}  // namespace layer::engine::query
