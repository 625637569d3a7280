#include "engine/namespace/apply.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "core/limits.h"
#include "wire/typing.h"

namespace layer::engine::ns {
namespace {

using core::limits::delete_by_filter_rows_max;
using core::limits::patch_by_filter_rows_max;

struct Matches {
  // Of each segment of the base, in its order.
  std::vector<std::vector<DocId>> docs;
  std::uint64_t count = 0;
};

class Application {
 public:
  Application(const wire::WriteRequest& request, Prepared prepared, Working& working)
      : request_(request), prepared_(std::move(prepared)), working_(working) {}

  Result<Outcome> run() {
    LAYER_TRY(delete_by_filter());
    LAYER_TRY(patch_by_filter());
    LAYER_TRY(upsert());
    LAYER_TRY(patch());
    LAYER_TRY(remove());
    const bool queried = request_.delete_by_filter || request_.patch_by_filter ||
                         request_.upsert_condition || request_.patch_condition ||
                         request_.delete_condition;
    if (queried) {
      response_.query_billing.emplace();
    }
    out_.schema = prepared_.schema;
    out_.schema_changed = prepared_.schema_changed;
    out_.response = std::move(response_);
    out_.settings = working_.settings;
    return std::move(out_);
  }

 private:
  // The document as it is now: changed by this request, by this group, or in a segment. The pointer
  // lives until the next call.
  Result<const Row*> find(const wire::Id& id) {
    for (const Overlay* overlay : {&out_.rows, &working_.overlay}) {
      if (const auto at = overlay->find(id); at != overlay->end()) {
        return at->second ? &*at->second : nullptr;
      }
    }
    const auto location = locate(*working_.base, id);
    if (!location) {
      return nullptr;
    }
    LAYER_TRY(read(*location->view, location->doc, scratch_));
    return &scratch_;
  }

  static Result<void> read(const SegmentView& view, DocId doc, Row& row) {
    row.fields.clear();
    LAYER_TRY(view.segment->read_row(doc, std::nullopt, row));
    row.id = view.segment->id(doc);
    return {};
  }

  // At most `rows_max` matches, or an error when there are more and partial work is not allowed.
  Result<Matches> match(const query::BoundFilter& filter, std::uint64_t rows_max, bool partial,
                        std::string_view operation) {
    Matches matches;
    std::uint64_t total = 0;
    for (const SegmentView& view : working_.base->segments) {
      LAYER_ASSIGN(const DocSet found, filter.evaluate(view));
      auto& docs = matches.docs.emplace_back();
      found.for_each([&](DocId doc) {
        if (!touched(view, doc) && total++ < rows_max) {
          docs.push_back(doc);
        }
      });
    }
    matches.count = std::min(total, rows_max);
    if (total > rows_max && !partial) {
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("💔 {0} matches {1} documents, at most {2} can be changed by one "
                              "request; set `{0}_allow_partial` and repeat the request while "
                              "`rows_remaining` is true",
                              operation, total, rows_max));
    }
    response_.rows_remaining = response_.rows_remaining.value_or(false) || total > rows_max;
    return matches;
  }

  // Already handled by the filter write before this one.
  bool touched(const SegmentView& view, DocId doc) const {
    return !out_.rows.empty() && out_.rows.contains(view.segment->id(doc));
  }

  Result<void> delete_by_filter() {
    if (!prepared_.delete_filter) {
      return {};
    }
    LAYER_TRY(working_.materialize());
    LAYER_ASSIGN(const Matches matches,
                 match(*prepared_.delete_filter, delete_by_filter_rows_max,
                       request_.delete_by_filter_allow_partial, "delete_by_filter"));
    for (std::size_t i = 0; i < matches.docs.size(); ++i) {
      const SegmentView& view = working_.base->segments[i];
      for (const DocId doc : matches.docs[i]) {
        wire::Id id = view.segment->id(doc);
        note(response_.deleted_ids, id);
        response_.billable_logical_bytes_written += wire::logical_bytes(id);
        out_.rows.insert_or_assign(std::move(id), std::nullopt);
      }
    }
    count(response_.rows_deleted, matches.count);
    return {};
  }

  Result<void> patch_by_filter() {
    if (!prepared_.patch_filter) {
      return {};
    }
    LAYER_TRY(working_.materialize());
    LAYER_ASSIGN(const Matches matches,
                 match(*prepared_.patch_filter, patch_by_filter_rows_max,
                       request_.patch_by_filter_allow_partial, "patch_by_filter"));
    for (std::size_t i = 0; i < matches.docs.size(); ++i) {
      const SegmentView& view = working_.base->segments[i];
      for (const DocId doc : matches.docs[i]) {
        Row row;
        LAYER_TRY(read(view, doc, row));
        LAYER_TRY(put_patched(std::move(row), *prepared_.filter_patch));
      }
    }
    count(response_.rows_patched, matches.count);
    return {};
  }

  Result<void> upsert() {
    if (!request_.upserts) {
      return {};
    }
    std::uint64_t done = 0;
    for (Row& row : prepared_.upserts) {
      if (prepared_.upsert_condition) {
        LAYER_ASSIGN(const Row* const current, find(row.id));
        if (current != nullptr && !prepared_.upsert_condition->matches(*current, &row)) {
          continue;
        }
      }
      ++done;
      note(response_.upserted_ids, row.id);
      response_.billable_logical_bytes_written += bytes_of(row);
      wire::Id id = row.id;
      out_.rows.insert_or_assign(out_.rows.end(), std::move(id), std::move(row));
    }
    count(response_.rows_upserted, done);
    return {};
  }

  Result<void> patch() {
    if (!request_.patches) {
      return {};
    }
    std::uint64_t done = 0;
    for (const RowPatch& patch : prepared_.patches) {
      LAYER_ASSIGN(const Row* const current, find(patch.id));
      if (current == nullptr || (prepared_.patch_condition &&
                                 !prepared_.patch_condition->matches(*current, &patch.incoming))) {
        continue;
      }
      ++done;
      LAYER_TRY(put_patched(*current, patch.patch));
    }
    count(response_.rows_patched, done);
    return {};
  }

  Result<void> remove() {
    if (!request_.deletes) {
      return {};
    }
    std::uint64_t done = 0;
    for (const wire::Id& id : prepared_.deletes) {
      if (prepared_.delete_condition) {
        LAYER_ASSIGN(const Row* const current, find(id));
        if (current == nullptr || !prepared_.delete_condition->matches(*current, nullptr)) {
          continue;
        }
      }
      ++done;
      note(response_.deleted_ids, id);
      response_.billable_logical_bytes_written += wire::logical_bytes(id);
      if (known(id)) {
        out_.rows.insert_or_assign(id, std::nullopt);
      }
    }
    count(response_.rows_deleted, done);
    return {};
  }

  // Deleting what is not there counts, but is not worth a log record.
  bool known(const wire::Id& id) const {
    return out_.rows.contains(id) || working_.overlay.contains(id) ||
           locate(*working_.base, id).has_value();
  }

  Result<void> put_patched(Row row, const Patch& patch) {
    std::vector<Field> fields;
    fields.reserve(row.fields.size() + patch.fields.size());
    auto old = row.fields.begin();
    for (const Field& field : patch.fields) {
      while (old != row.fields.end() && old->attr < field.attr) {
        fields.push_back(std::move(*old++));
      }
      if (old != row.fields.end() && old->attr == field.attr) {
        ++old;
      }
      if (!wire::is_null(field.value)) {
        fields.push_back(field);
      }
    }
    std::move(old, row.fields.end(), std::back_inserter(fields));
    std::erase_if(fields,
                  [&](const Field& field) { return prepared_.schema->at(field.attr).dropped(); });
    row.fields = std::move(fields);
    LAYER_TRY(wire::check_document_bytes(bytes_of(row)));
    note(response_.patched_ids, row.id);
    response_.billable_logical_bytes_written += wire::logical_bytes(row.id) + patch.bytes;
    wire::Id id = row.id;
    out_.rows.insert_or_assign(std::move(id), std::move(row));
    return {};
  }

  std::uint64_t bytes_of(const Row& row) const {
    std::uint64_t total = wire::logical_bytes(row.id);
    for (const Field& field : row.fields) {
      total += wire::logical_bytes(field.value, prepared_.schema->at(field.attr).type.element);
    }
    return total;
  }

  void note(std::vector<wire::Id>& ids, const wire::Id& id) const {
    if (request_.return_affected_ids) {
      ids.push_back(id);
    }
  }

  static void count(std::optional<std::uint64_t>& total, std::uint64_t more) {
    total = total.value_or(0) + more;
  }

  const wire::WriteRequest& request_;
  Prepared prepared_;
  Working& working_;
  wire::WriteResponse response_;
  Outcome out_;
  Row scratch_;
};

Result<void> check_request(const wire::WriteRequest& request, const Working& working) {
  if (working.exists && working.settings.read_only) {
    return fail(ErrorCode::kInvalidArgument,
                "💔 Writes not permitted. This namespace is read-only.");
  }
  if (request.encryption && request.encryption->customer_managed) {
    return fail(ErrorCode::kInvalidArgument,
                "Malformed Cloud KMS crypto key: " + request.encryption->key_name);
  }
  if (request.num_shards && working.exists && request.num_shards != working.settings.num_shards) {
    return fail(ErrorCode::kInvalidArgument,
                "💔 sharding can only be set by the first write to a namespace");
  }
  return {};
}

}  // namespace

Result<void> Working::materialize() {
  if (overlay.empty() && base->schema == schema) {
    return {};
  }
  LAYER_ASSIGN(base, with_rows(*base, schema, std::exchange(overlay, {})));
  return {};
}

Result<Outcome> apply(const wire::WriteRequest& request, Working& working, wire::Datetime now) {
  LAYER_TRY(check_request(request, working));
  LAYER_ASSIGN(Prepared prepared, prepare(request, working.schema, !working.exists));
  if (!working.exists && !prepared.schema->id_type) {
    return fail(ErrorCode::kInvalidArgument,
                "💔 an empty namespace needs the type of its ids: declare it in `schema`, eg: "
                "`\"schema\": { \"id\": \"uint\" }`");
  }
  LAYER_ASSIGN(Outcome outcome, Application(request, std::move(prepared), working).run());
  if (request.num_shards) {
    outcome.settings.num_shards = request.num_shards;
  }
  if (!working.exists) {
    outcome.settings.created_at = now;
  }
  if (outcome.changes()) {
    outcome.settings.updated_at = now;
  }
  if (!outcome.rows.empty()) {
    outcome.settings.last_write_at = now;
  }
  return outcome;
}

void merge(Outcome outcome, Working& working) {
  if (working.overlay.empty()) {
    working.overlay = std::move(outcome.rows);
  } else {
    for (auto& [id, row] : outcome.rows) {
      working.overlay.insert_or_assign(id, std::move(row));
    }
  }
  working.schema = std::move(outcome.schema);
  working.settings = std::move(outcome.settings);
  working.exists = true;
}

}  // namespace layer::engine::ns
