#include "engine/namespace/prepare.h"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "wire/schema_merge.h"
#include "wire/typing.h"

namespace layer::engine::ns {
namespace {

using query::BoundFilter;
using wire::Attribute;
using wire::Kind;

// A schema that is copied when it is first changed.
class SchemaDraft {
 public:
  explicit SchemaDraft(std::shared_ptr<const wire::Schema> base) : base_(std::move(base)) {}
  const wire::Schema& get() const { return copy_ ? *copy_ : *base_; }
  wire::Schema& edit() {
    if (!copy_) {
      copy_ = std::make_shared<wire::Schema>(*base_);
    }
    return *copy_;
  }
  bool changed() const { return copy_ && !(*copy_ == *base_); }
  std::shared_ptr<const wire::Schema> take() {
    return changed() ? std::shared_ptr<const wire::Schema>(copy_) : base_;
  }

 private:
  std::shared_ptr<const wire::Schema> base_;
  std::shared_ptr<wire::Schema> copy_;
};

class Preparation {
 public:
  Preparation(const wire::WriteRequest& request, std::shared_ptr<const wire::Schema> schema,
              bool is_new)
      : request_(request), draft_(std::move(schema)), is_new_(is_new) {}

  Result<Prepared> run() {
    LAYER_TRY(merge_declarations());
    LAYER_TRY(read_upserts());
    LAYER_TRY(read_patches());
    LAYER_TRY(read_deletes());
    LAYER_TRY(read_filter_patch());
    LAYER_TRY(refuse_duplicates());
    LAYER_TRY(wire::check_metric(draft_.get(), request_.distance_metric));
    LAYER_TRY(bind_filters());
    out_.schema_changed = draft_.changed();
    out_.schema = draft_.take();
    return std::move(out_);
  }

 private:
  Result<void> merge_declarations() {
    if (!request_.schema) {
      return {};
    }
    LAYER_TRY(
        wire::merge_schema(draft_.edit(), *request_.schema, is_new_, request_.distance_metric));
    return {};
  }

  // The path is spelled out only when it is needed, since most ids are fine.
  Result<wire::Id> read_id(const json::Value& value, std::string_view list, std::size_t index) {
    auto id = wire::read_id(value, draft_.get().id_type, "");
    if (!id) {
      const std::string path =
          list == "deletes" ? std::string(list) : fmt::format("{}[{}].id", list, index);
      return wire::read_id(value, draft_.get().id_type, path);
    }
    if (!draft_.get().id_type) {
      draft_.edit().id_type = wire::type_of(*id);
    }
    return id;
  }

  // nullopt: a null for an attribute nobody has declared.
  Result<std::optional<AttrId>> attribute_of(const wire::RawField& field) {
    if (const auto known = draft_.get().find(field.name)) {
      return known;
    }
    LAYER_ASSIGN(std::optional<Attribute> inferred, wire::infer_attribute(field.name, field.value));
    if (!inferred) {
      return std::nullopt;
    }
    LAYER_ASSIGN(const AttrId attr, wire::add_inferred(draft_.edit(), std::move(*inferred), is_new_,
                                                       request_.distance_metric));
    return attr;
  }

  Result<std::vector<Field>> read_fields(const std::vector<wire::RawField>& raw, bool keep_nulls) {
    std::vector<Field> fields;
    fields.reserve(raw.size());
    for (const wire::RawField& field : raw) {
      LAYER_ASSIGN(const std::optional<AttrId> attr, attribute_of(field));
      if (!attr) {
        continue;
      }
      const Attribute& attribute = draft_.get().at(*attr);
      if (keep_nulls && attribute.type.kind == Kind::kDense) {
        return fail(ErrorCode::kInvalidArgument, "💔 patching vectors is currently unsupported");
      }
      LAYER_ASSIGN(wire::Value value, wire::read_value(attribute, field.value));
      if (attribute.type.kind == Kind::kUnknown && !wire::is_null(value) &&
          !std::holds_alternative<wire::EmptyArray>(value)) {
        draft_.edit().at(*attr).type = wire::element_type_of(value);
      }
      if (keep_nulls || !wire::is_null(value)) {
        fields.push_back({.attr = *attr, .value = std::move(value)});
      }
    }
    std::ranges::sort(fields, {}, &Field::attr);
    return fields;
  }

  std::uint64_t bytes_of(const std::vector<Field>& fields) const {
    std::uint64_t total = 0;
    for (const Field& field : fields) {
      total += wire::logical_bytes(field.value, draft_.get().at(field.attr).type.element);
    }
    return total;
  }

  Result<void> require_vectors(const Row& row) const {
    const auto& attributes = draft_.get().attributes();
    for (AttrId attr = 0; attr < attributes.size(); ++attr) {
      if (attributes[attr].type.kind == Kind::kDense && row.find(attr) == nullptr) {
        return std::unexpected(
            Error{.code = ErrorCode::kInvalidArgument,
                  .message = fmt::format("💔 document {} has no value for vector attribute '{}', "
                                         "which every upsert must supply",
                                         wire::to_string(row.id), attributes[attr].name)});
      }
    }
    return {};
  }

  Result<void> read_upserts() {
    if (!request_.upserts) {
      return {};
    }
    out_.upserts.reserve(request_.upserts->size());
    for (std::size_t i = 0; i < request_.upserts->size(); ++i) {
      const wire::RawRow& raw = (*request_.upserts)[i];
      Row row;
      LAYER_ASSIGN(row.id, read_id(raw.id, "upsert_rows", i));
      LAYER_ASSIGN(row.fields, read_fields(raw.fields, false));
      LAYER_TRY(wire::check_document_bytes(wire::logical_bytes(row.id) + bytes_of(row.fields)));
      out_.upserts.push_back(std::move(row));
    }
    // After all rows: a later one may have introduced the column.
    for (const Row& row : out_.upserts) {
      LAYER_TRY(require_vectors(row));
    }
    return {};
  }

  Result<Patch> read_patch(const std::vector<wire::RawField>& raw) {
    Patch patch;
    LAYER_ASSIGN(patch.fields, read_fields(raw, true));
    patch.bytes = bytes_of(patch.fields);
    return patch;
  }

  Result<void> read_patches() {
    if (!request_.patches) {
      return {};
    }
    out_.patches.reserve(request_.patches->size());
    for (std::size_t i = 0; i < request_.patches->size(); ++i) {
      const wire::RawRow& raw = (*request_.patches)[i];
      RowPatch patch;
      LAYER_ASSIGN(patch.id, read_id(raw.id, "patch_rows", i));
      LAYER_ASSIGN(patch.patch, read_patch(raw.fields));
      if (request_.patch_condition) {
        patch.incoming.id = patch.id;
        std::ranges::copy_if(patch.patch.fields, std::back_inserter(patch.incoming.fields),
                             [](const Field& field) { return !wire::is_null(field.value); });
      }
      out_.patches.push_back(std::move(patch));
    }
    return {};
  }

  Result<void> read_deletes() {
    if (!request_.deletes) {
      return {};
    }
    out_.deletes.reserve(request_.deletes->size());
    for (std::size_t i = 0; i < request_.deletes->size(); ++i) {
      LAYER_ASSIGN(wire::Id id, read_id((*request_.deletes)[i], "deletes", i));
      out_.deletes.push_back(std::move(id));
    }
    return {};
  }

  Result<void> read_filter_patch() {
    if (request_.patch_by_filter) {
      LAYER_ASSIGN(out_.filter_patch, read_patch(request_.patch_by_filter->patch));
    }
    return {};
  }

  Result<void> refuse_duplicates() const {
    std::vector<const wire::Id*> ids;
    ids.reserve(out_.upserts.size() + out_.patches.size() + out_.deletes.size());
    for (const Row& row : out_.upserts) {
      ids.push_back(&row.id);
    }
    for (const RowPatch& patch : out_.patches) {
      ids.push_back(&patch.id);
    }
    for (const wire::Id& id : out_.deletes) {
      ids.push_back(&id);
    }
    const auto value = [](const wire::Id* id) -> const wire::Id& { return *id; };
    if (!std::ranges::is_sorted(ids, {}, value)) {
      std::ranges::sort(ids, {}, value);
    }
    std::string twice;
    const wire::Id* last = nullptr;
    for (std::size_t i = 1; i < ids.size(); ++i) {
      if (*ids[i] == *ids[i - 1] && (last == nullptr || *last != *ids[i])) {
        last = ids[i];
        twice += (twice.empty() ? "" : ", ") + wire::to_string(*last);
      }
    }
    if (twice.empty()) {
      return {};
    }
    return fail(ErrorCode::kInvalidArgument,
                "💔 This upsert contains duplicate document IDs and was not written. You should "
                "ensure that individual upserts do not include duplicate documents. The duplicated "
                "IDs in this batch were the following: " +
                    twice);
  }

  Result<void> bind(const wire::Filter* filter, bool condition, std::optional<BoundFilter>& out) {
    if (filter != nullptr) {
      LAYER_ASSIGN(out, BoundFilter::bind(draft_.get(), *filter, condition));
    }
    return {};
  }

  Result<void> bind_filters() {
    const auto pointer = [](const auto& optional) { return optional ? &*optional : nullptr; };
    LAYER_TRY(bind(pointer(request_.delete_by_filter), false, out_.delete_filter));
    LAYER_TRY(bind(request_.patch_by_filter ? &request_.patch_by_filter->filters : nullptr, false,
                   out_.patch_filter));
    LAYER_TRY(bind(pointer(request_.upsert_condition), true, out_.upsert_condition));
    LAYER_TRY(bind(pointer(request_.patch_condition), true, out_.patch_condition));
    return bind(pointer(request_.delete_condition), true, out_.delete_condition);
  }

  const wire::WriteRequest& request_;
  SchemaDraft draft_;
  bool is_new_;
  Prepared out_;
};

}  // namespace

Result<Prepared> prepare(const wire::WriteRequest& request,
                         const std::shared_ptr<const wire::Schema>& schema, bool is_new) {
  return Preparation(request, schema, is_new).run();
}

}  // namespace layer::engine::ns
