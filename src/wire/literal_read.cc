#include <fmt/format.h>

#include "wire/filter_parse.h"
#include "wire/shape.h"

namespace layer::wire {
namespace {

constexpr std::string_view kRefNew = "$ref_new";

Result<Literal> read_object_literal(const json::Object& object, const Path& path, RefRule refs) {
  LiteralObject members;
  for (const auto& [name, value] : object) {
    const Path member = path.member(name);
    if (name == kRefNew) {
      if (refs == RefRule::kForbidden) {
        return shape_error(path, "`$ref_new` stands for a value in the conditions of writes only");
      }
      if (object.size() != 1) {
        return shape_error(path, "`$ref_new` must be the only member of its object");
      }
      LAYER_ASSIGN(const std::string_view attribute, read_string(value, member));
      return Literal{RefNew{std::string(attribute)}};
    }
    LAYER_ASSIGN(Literal literal, read_literal(value, member, refs));
    members.push_back({.name = std::string(name), .value = std::move(literal)});
  }
  return Literal{std::move(members)};
}

}  // namespace

Result<Literal> read_literal(const json::Value& value, const Path& path, RefRule refs) {
  using simdjson::dom::element_type;
  switch (value.type()) {
    case element_type::BOOL:
      return Literal{value.get_bool().value_unsafe()};
    case element_type::INT64:
      return Literal{value.get_int64().value_unsafe()};
    case element_type::UINT64:
      return Literal{value.get_uint64().value_unsafe()};
    case element_type::DOUBLE:
      return Literal{value.get_double().value_unsafe()};
    case element_type::STRING:
      return Literal{std::string(value.get_string().value_unsafe())};
    case element_type::OBJECT:
      return read_object_literal(value.get_object().value_unsafe(), path, refs);
    case element_type::ARRAY: {
      LiteralArray items;
      std::size_t index = 0;
      for (const json::Value item : value.get_array().value_unsafe()) {
        LAYER_ASSIGN(Literal literal, read_literal(item, path.item(index++), refs));
        items.push_back(std::move(literal));
      }
      return Literal{std::move(items)};
    }
    default:
      return Literal{};
  }
}

}  // namespace layer::wire
