#include "wire/schema_merge.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "core/limits.h"
#include "wire/full_text_merge.h"

namespace layer::wire {
namespace {

// Dropped attributes keep their ids: a bound of its own, since the one on names does not count
// them.
constexpr std::size_t kAttributeIdsMax = 16 * core::limits::attribute_count_max;

std::unexpected<Error> refuse(std::string message) {
  return fail(ErrorCode::kInvalidArgument, std::move(message));
}

bool is_text(const AttributeType& type) {
  return type.kind == Kind::kString;
}

// A column whose distances the namespace's metric defines.
bool needs_metric(const Attribute& attribute) {
  return attribute.type.kind == Kind::kDense ||
         (attribute.type.kind == Kind::kMultiVector && attribute.ann);
}

bool can_filter(Kind kind) {
  return kind != Kind::kDense && kind != Kind::kBytes && kind != Kind::kSparse;
}

std::unexpected<Error> missing_metric() {
  return refuse("💔 distance_metric must be specified for write to namespace with a vector");
}

std::unexpected<Error> metric_mismatch(DistanceMetric expected, DistanceMetric got) {
  return refuse(
      fmt::format("💔 distance metric mismatch, expected {}, got {}", name(expected), name(got)));
}

std::unexpected<Error> type_change(std::string_view attribute, std::string_view from,
                                   std::string_view to) {
  Error error{.code = ErrorCode::kInvalidArgument,
              .message = fmt::format("🙅 invalid schema update for attribute '{}': cannot change "
                                     "attribute type from {} to {}",
                                     attribute, from, to),
              .attribute = std::string(attribute)};
  return std::unexpected(std::move(error));
}

// The merge of one request, on a copy of the schema that the caller takes over when all is well.
class Merge {
 public:
  Merge(Schema& schema, bool new_namespace, std::optional<DistanceMetric> metric)
      : schema_(schema), new_namespace_(new_namespace), metric_(metric) {}

  Result<void> apply(const AttributeInput& input) {
    if (input.drop) {
      return drop(input.name);
    }
    if (input.name == "id") {
      return apply_id(input);
    }
    if (input.embed && *input.embed) {
      return refuse(fmt::format(
          "💔 attribute '{}' asks for `embed`, but embedding is not available in this store: embed "
          "the text before writing and send the vectors in an attribute of type [N]f32 or [N]f16",
          input.name));
    }
    LAYER_ASSIGN(const AttributeType type, parse_type(input.type));
    LAYER_TRY(check_ann_metric(input));
    const std::optional<AttrId> known = schema_.find(input.name);
    if (!known) {
      return declare(input, type);
    }
    Attribute updated = schema_.at(*known);
    LAYER_TRY(retype(updated, type));
    LAYER_TRY(set_options(updated, input, false));
    note_change(schema_.at(*known), updated);
    schema_.at(*known) = std::move(updated);
    return {};
  }

  SchemaChange change() const { return change_; }

 private:
  Result<void> drop(std::string_view name) {
    if (name == "id") {
      return refuse("💔 `id` is the document's id and cannot be dropped");
    }
    const std::optional<AttrId> known = schema_.find(name);
    if (!known) {
      return refuse(fmt::format("💔 attribute '{}' not found in schema, cannot be dropped", name));
    }
    if (schema_.at(*known).type.kind == Kind::kDense) {
      return refuse(fmt::format(
          "💔 vector attribute '{}' cannot be dropped: the vector attributes of a namespace are "
          "fixed by its first write",
          name));
    }
    schema_.drop(*known);
    change_.changed = true;
    return {};
  }

  Result<void> apply_id(const AttributeInput& input) {
    constexpr std::array kTypes{IdType::kUint, IdType::kUuid, IdType::kString};
    const auto* type =
        std::ranges::find(kTypes, input.type, [](IdType each) { return name(each); });
    if (type == kTypes.end()) {
      return refuse(fmt::format("💔 {} is not a valid ID type", input.type.substr(0, 64)));
    }
    if (schema_.id_type && *schema_.id_type != *type) {
      return type_change("id", name(*schema_.id_type), name(*type));
    }
    change_.changed = change_.changed || !schema_.id_type;
    schema_.id_type = *type;
    return {};
  }

  // An `ann` object may repeat the metric of the request or of the namespace, not introduce one.
  Result<void> check_ann_metric(const AttributeInput& input) const {
    if (!input.ann || !input.ann->distance_metric) {
      return {};
    }
    const std::optional<DistanceMetric> expected =
        schema_.distance_metric ? schema_.distance_metric : metric_;
    if (!expected) {
      return refuse(
          "💔 `distance_metric` must be specified as a field at the top level of the write "
          "request, "
          "not in the `ann` configuration for an attribute");
    }
    if (*expected != *input.ann->distance_metric) {
      return metric_mismatch(*expected, *input.ann->distance_metric);
    }
    return {};
  }

  Result<void> declare(const AttributeInput& input, const AttributeType& type) {
    LAYER_TRY(check_attribute_name(input.name));
    Attribute attribute{.name = input.name, .type = type};
    LAYER_TRY(set_options(attribute, input, true));
    LAYER_TRY(add_inferred(schema_, std::move(attribute), new_namespace_, metric_));
    change_.changed = true;
    return {};
  }

  // Types never change, but an array that was only ever empty takes any array type.
  static Result<void> retype(Attribute& attribute, const AttributeType& type) {
    const AttributeType& old = attribute.type;
    if (old == type || (type.kind == Kind::kUnknown && old.array)) {
      return {};
    }
    if (old.kind == Kind::kUnknown && type.array) {
      attribute.type = type;
      return {};
    }
    return type_change(attribute.name, to_string(old), to_string(type));
  }

  static Result<void> set_options(Attribute& attribute, const AttributeInput& input, bool is_new) {
    if (!is_new && input.shorthand) {
      attribute.full_text.reset();
      attribute.regex = attribute.glob = attribute.fuzzy = false;
    }
    if (input.full_text_search) {
      LAYER_ASSIGN(attribute.full_text, merge_full_text(attribute, *input.full_text_search));
    }
    attribute.regex = input.regex.value_or(attribute.regex);
    attribute.glob = input.glob.value_or(attribute.glob);
    attribute.fuzzy = input.fuzzy.value_or(attribute.fuzzy);
    const bool searched =
        attribute.full_text || attribute.regex || attribute.glob || attribute.fuzzy;
    if (searched && !is_text(attribute.type)) {
      return refuse(
          fmt::format("💔 attribute '{}' of type {} cannot have full_text_search, regex, "
                      "glob or fuzzy: they need string or []string",
                      attribute.name, to_string(attribute.type)));
    }
    if (is_new) {
      attribute.filterable = !searched && can_filter(attribute.type.kind);
    }
    attribute.filterable = input.filterable.value_or(attribute.filterable);
    if (attribute.filterable && !can_filter(attribute.type.kind)) {
      return refuse(fmt::format("💔 attribute '{}' of type {} cannot be filterable", attribute.name,
                                to_string(attribute.type)));
    }
    if (input.sparse_knn && attribute.type.kind != Kind::kSparse) {
      return refuse(
          fmt::format("💔 attribute '{}' of type {} cannot have sparse_knn: it needs {{}}f16",
                      attribute.name, to_string(attribute.type)));
    }
    attribute.sparse_knn = attribute.sparse_knn || input.sparse_knn;
    return set_ann(attribute, input.ann, is_new);
  }

  static Result<void> set_ann(Attribute& attribute, const std::optional<AnnInput>& ann,
                              bool is_new) {
    const bool enabled = ann && ann->enabled;
    switch (attribute.type.kind) {
      case Kind::kDense:
        if ((is_new && !enabled) || (ann && !enabled)) {
          return refuse(
              attribute.name == "vector"
                  ? "💔 the `vector` attribute must have `ann` set to `true`, eg: "
                    "`\"vector\": { \"type\": \"[1024]f32\", \"ann\": true }`"
                  : fmt::format("💔 vector attribute '{}' must have ann:true", attribute.name));
        }
        if (enabled && ann->late_interaction) {
          return refuse(
              fmt::format("💔 vector attribute '{}' cannot have late_interaction: it needs a "
                          "multi-vector such as [][128]f32",
                          attribute.name));
        }
        attribute.ann = true;
        return {};
      case Kind::kMultiVector:
        if (enabled && !ann->late_interaction) {
          return refuse(
              fmt::format("💔 multi-vector attribute '{}' needs `\"ann\": "
                          "{{\"late_interaction\": true}}` to be indexed",
                          attribute.name));
        }
        if (!is_new && enabled != attribute.ann && ann) {
          return refuse(
              fmt::format("💔 the `ann` index of attribute '{}' can only be set when the "
                          "attribute is created",
                          attribute.name));
        }
        attribute.ann = attribute.ann || enabled;
        return {};
      default:
        if (enabled) {
          return refuse(
              fmt::format("💔 attribute '{}' of type {} cannot have ann: it needs a vector",
                          attribute.name, to_string(attribute.type)));
        }
        return {};
    }
  }

  void note_change(const Attribute& before, const Attribute& after) {
    change_.changed = change_.changed || before != after;
    const bool new_tokens = after.full_text && (!before.full_text ||
                                                !before.full_text->same_analysis(*after.full_text));
    change_.needs_rebuild = change_.needs_rebuild || new_tokens || before.type != after.type ||
                            (after.filterable && !before.filterable) ||
                            (after.regex && !before.regex) || (after.glob && !before.glob) ||
                            (after.fuzzy && !before.fuzzy) ||
                            (after.sparse_knn && !before.sparse_knn);
  }

  Schema& schema_;
  bool new_namespace_;
  std::optional<DistanceMetric> metric_;
  SchemaChange change_;
};

}  // namespace

Result<SchemaChange> merge_schema(Schema& schema, const SchemaInput& input, bool new_namespace,
                                  std::optional<DistanceMetric> metric) {
  Schema merged = schema;
  Merge merge(merged, new_namespace, metric);
  for (const AttributeInput& attribute : input.attributes) {
    LAYER_TRY(merge.apply(attribute));
  }
  schema = std::move(merged);
  return merge.change();
}

Result<AttrId> add_inferred(Schema& schema, Attribute attribute, bool new_namespace,
                            std::optional<DistanceMetric> metric) {
  const auto names = std::ranges::count(schema.attributes(), false, &Attribute::dropped);
  if (static_cast<std::size_t>(names) >= core::limits::attribute_count_max) {
    return refuse(
        fmt::format("💔 attribute '{}' is one too many: a namespace can have at most {} "
                    "attribute names",
                    attribute.name, core::limits::attribute_count_max));
  }
  if (schema.attributes().size() >= kAttributeIdsMax) {
    return refuse(
        fmt::format("💔 attribute '{}' is one too many: a namespace can have at most {} "
                    "attributes over its life, dropped ones included",
                    attribute.name, kAttributeIdsMax));
  }
  if (needs_metric(attribute)) {
    if (!new_namespace) {
      return refuse(schema.distance_metric
                        ? fmt::format("💔 vector attribute '{}' cannot be added: the vector "
                                      "attributes of a namespace are fixed by its first write",
                                      attribute.name)
                        : "💔 Vector provided for namespace without vector attribute");
    }
    const auto dense = std::ranges::count(schema.attributes(), Kind::kDense,
                                          [](const Attribute& each) { return each.type.kind; });
    if (attribute.type.kind == Kind::kDense &&
        static_cast<std::size_t>(dense) >= core::limits::vector_column_count_max) {
      return refuse(
          fmt::format("💔 vector attribute '{}' is one too many: a namespace can have at "
                      "most {} vector attributes",
                      attribute.name, core::limits::vector_column_count_max));
    }
    if (!schema.distance_metric && !metric) {
      return missing_metric();
    }
    if (!schema.distance_metric) {
      schema.distance_metric = metric;
    }
  }
  return schema.add(std::move(attribute));
}

Result<void> check_metric(const Schema& schema, std::optional<DistanceMetric> metric) {
  if (!metric || schema.distance_metric == metric) {
    return {};
  }
  if (!schema.distance_metric) {
    return refuse(
        "the `distance_metric` field cannot be provided, namespace configured without vector "
        "indexing");
  }
  return metric_mismatch(*schema.distance_metric, *metric);
}

Result<void> check_attribute_name(std::string_view name) {
  if (name.empty() || name.size() > core::limits::attribute_name_bytes_max) {
    return refuse(fmt::format("💔 attribute names must have 1 to {} bytes, got {} in '{}'",
                              core::limits::attribute_name_bytes_max, name.size(),
                              name.substr(0, core::limits::attribute_name_bytes_max)));
  }
  if (name.starts_with('$')) {
    return refuse(fmt::format("💔 attribute names must not start with `$`, got '{}'", name));
  }
  if (name == "id") {
    return refuse("💔 `id` is the document's id and cannot be an attribute");
  }
  return {};
}

}  // namespace layer::wire
