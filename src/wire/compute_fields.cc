// compute_attributes: distances, scores and highlights added to each row.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/limits.h"
#include "wire/query_fields.h"
#include "wire/rank_by_parse.h"
#include "wire/rank_input.h"
#include "wire/shape.h"

namespace layer::wire {
namespace {

constexpr std::string_view kFragment = "$fragment";

// The store's words for a fault in the options of a highlight name the variant they belong to.
Failure option_fault(const Path& path, std::string_view message,
                     json::Edge edge = json::Edge::kEnd) {
  return shape_error(path, fmt::format("ComputeAttributeInput::HighlightWithConfig: {}", message),
                     edge);
}

template <class Enum, std::size_t N>
Result<Enum> read_option(const json::Value& value, const Path& path,
                         const std::array<std::string_view, N>& names) {
  if (!value.is_string()) {
    return option_fault(
        path, fmt::format("invalid type: {}, {}", describe_found(value), expected_names(names)));
  }
  const std::string_view found = value.get_string().value_unsafe();
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == found) {
      return static_cast<Enum>(i);
    }
  }
  return option_fault(path, fmt::format("unknown variant `{}`, {}", found, expected_names(names)));
}

// A fragment has no attributes but its own text.
bool ranks_fragments_only(const ScoreExpr& expr) {
  if (expr.op == ScoreExpr::Op::kBm25) {
    return expr.attribute == kFragment;
  }
  if (expr.filter || expr.op == ScoreExpr::Op::kAttribute || expr.op == ScoreExpr::Op::kDist) {
    return false;
  }
  for (const ScoreExpr& child : expr.children) {
    if (!ranks_fragments_only(child)) {
      return false;
    }
  }
  return true;
}

Result<void> read_highlight_option(std::string_view name, const json::Value& value,
                                   const Path& path, Highlight& highlight) {
  constexpr std::array<std::string_view, 4> kFragmentBy{"none", "sentence", "paragraph", "word"};
  constexpr std::array<std::string_view, 3> kOffsets{"utf-8", "utf-16", "codepoints"};
  if (name == "rank_fragments_by") {
    LAYER_ASSIGN(highlight.rank_fragments_by, parse_score(value, path));
  } else if (name == "fragment_by") {
    LAYER_ASSIGN(highlight.fragment_by,
                 read_option<Highlight::FragmentBy>(value, path, kFragmentBy));
  } else if (name == "fragment_limit") {
    if (!value.is_int64()) {
      return option_fault(path,
                          fmt::format("invalid type: {}, expected usize", describe_found(value)));
    }
    highlight.fragment_limit = value.get_int64().value_unsafe();
  } else {
    LAYER_ASSIGN(highlight.include_offsets, read_option<Highlight::Offsets>(value, path, kOffsets));
  }
  return {};
}

// ["Highlight", A, options?]
Result<Highlight> read_highlight(const json::Array& parts, const Path& path) {
  constexpr std::array<std::string_view, 4> kKnown{"rank_fragments_by", "fragment_by",
                                                   "fragment_limit", "include_offsets"};
  if (parts.size() > 3) {
    return no_variant(path, "ComputeAttributeInput");
  }
  LAYER_ASSIGN(const std::string_view attribute,
               read_string(parts.at(1).value_unsafe(), path.item(1)));
  Highlight highlight{.attribute = std::string(attribute)};
  if (parts.size() == 2) {
    return highlight;
  }
  const Path at = path.item(2);
  LAYER_ASSIGN(const json::Object options, read_object(parts.at(2).value_unsafe(), at));
  for (const auto& [name, value] : options) {
    const Path member = at.member(name);
    if (std::ranges::find(kKnown, name) == kKnown.end()) {
      return option_fault(member,
                          fmt::format("unknown field `{}`, {}", name, expected_names(kKnown)),
                          json::Edge::kName);
    }
    if (!value.is_null()) {
      LAYER_TRY(read_highlight_option(name, value, member, highlight));
    }
  }
  return highlight;
}

Result<void> check_highlight(std::string_view name, const Highlight& highlight) {
  if (highlight.fragment_limit < 1 ||
      highlight.fragment_limit > core::limits::highlight_fragments_max) {
    return semantic_error(
        fmt::format("computed attribute `{}`: `fragment_limit` must be between 1 and {}", name,
                    core::limits::highlight_fragments_max));
  }
  if (highlight.rank_fragments_by && !ranks_fragments_only(*highlight.rank_fragments_by)) {
    return semantic_error(fmt::format(
        "computed attribute `{}`: `rank_fragments_by` can only rank `{}`", name, kFragment));
  }
  return {};
}

Result<ComputeAttribute> read_compute(std::string_view name, const json::Value& value,
                                      const Path& path) {
  LAYER_ASSIGN(const json::Array parts, read_array(value, path));
  const std::size_t size = parts.size();
  if (size < 2 || !parts.at(0).value_unsafe().is_string()) {
    return no_variant(path, "ComputeAttributeInput");
  }
  const std::string_view head = parts.at(0).value_unsafe().get_string().value_unsafe();
  const std::string_view op = string_or_empty(parts.at(1).value_unsafe());
  ComputeAttribute compute{.name = std::string(name), .expr = {}};
  if (op == "VectorDist" && size == 3 && !is_embed(parts.at(2).value_unsafe())) {
    LAYER_ASSIGN(QueryVectors operand,
                 parse_query_vectors(parts.at(2).value_unsafe(), path.item(2)));
    compute.expr = VectorDist{.attribute = std::string(head), .operand = std::move(operand)};
  } else if (op == "BM25" && size >= 3 && !is_score_name(head)) {
    LAYER_ASSIGN(compute.expr, parse_score(value, path));
  } else if (head == "Highlight") {
    LAYER_ASSIGN(Highlight highlight, read_highlight(parts, path));
    LAYER_TRY(check_highlight(name, highlight));
    compute.expr = std::move(highlight);
  } else {
    return no_variant(path, "ComputeAttributeInput");
  }
  return compute;
}

}  // namespace

Result<std::vector<ComputeAttribute>> read_compute_attributes(const json::Value& value,
                                                              const Path& path) {
  LAYER_ASSIGN(const json::Object object, read_object(value, path));
  if (object.size() > core::limits::compute_attributes_max) {
    return semantic_error(fmt::format("💔 compute_attributes must not hold more than {} members",
                                      core::limits::compute_attributes_max));
  }
  std::vector<ComputeAttribute> computed;
  for (const auto& [name, item] : object) {
    if (std::ranges::find(computed, name, &ComputeAttribute::name) != computed.end()) {
      return duplicate_field(path, name);
    }
    LAYER_ASSIGN(ComputeAttribute compute, read_compute(name, item, path.member(name)));
    computed.push_back(std::move(compute));
  }
  for (const ComputeAttribute& compute : computed) {
    if (compute.name.empty() || compute.name.front() == '$' || compute.name == "id" ||
        compute.name.size() > core::limits::attribute_name_bytes_max) {
      return semantic_error(
          fmt::format("💔 `{}` cannot be the name of a computed attribute", compute.name));
    }
  }
  return computed;
}

}  // namespace layer::wire
