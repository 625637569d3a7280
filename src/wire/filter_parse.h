// Filters from JSON. Thread safety: free functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/error.h"
#include "json/document.h"
#include "json/path.h"
#include "wire/filter.h"
#include "wire/literal.h"

namespace layer::wire {

// Whether {"$ref_new": "attr"} may stand for a value: in the conditions of writes only.
enum class RefRule : std::uint8_t { kForbidden, kAllowed };

// Errors: 422 for shapes no filter has, an unknown operator, operand lists that are mixed, nested
// or hold null; 400 for an extra argument, for options out of range and for nesting beyond
// core::limits::filter_depth_max.
Result<Filter> parse_filter(const json::Value& value, const json::Path& path,
                            RefRule refs = RefRule::kForbidden);

// The operator spelt `name`, case sensitive.
std::optional<FilterOp> filter_op_named(std::string_view name);

// A JSON value as a literal: numbers written with a fraction or an exponent become doubles, others
// keep 64 bits. Errors: 422 for {"$ref_new": ...} where it is not allowed.
Result<Literal> read_literal(const json::Value& value, const json::Path& path,
                             RefRule refs = RefRule::kForbidden);

}  // namespace layer::wire
