// The refusals of a query, worded as the store's wire words them.
#pragma once

#include <string>
#include <string_view>

#include "core/error.h"
#include "wire/literal.h"

namespace layer::engine::query {

// 400 with the sign the store puts before most semantic errors.
inline std::unexpected<Error> refuse(std::string_view message) {
  return fail(ErrorCode::kInvalidArgument, "\U0001F494 " + std::string(message));
}

// 400 without it, where the store sends none.
inline std::unexpected<Error> refuse_plainly(std::string message) {
  return fail(ErrorCode::kInvalidArgument, std::move(message));
}

// 409: the schema asks for an index that this segment was built without; maintenance is at work.
inline std::unexpected<Error> index_missing(std::string_view attribute) {
  return fail(ErrorCode::kConflict, "\U0001F494 the index of attribute `" + std::string(attribute) +
                                        "` is being built, retry");
}

// The literal between single quotes, as messages show it: 'python', '[a, b]', '3'.
inline std::string quoted(const wire::Literal& literal) {
  std::string text = wire::describe(literal);
  return text.starts_with('\'') ? text : "'" + text + "'";
}

}  // namespace layer::engine::query
