#include "json/wrong_member.h"

#include <utility>

#include <fmt/format.h>

#include "json/writer.h"

namespace layer::json {

std::unexpected<Error> wrong_member(std::string_view member, std::string_view problem) {
  Writer details;
  details.begin_array().begin_object();
  details.member("field", member).member("problem", problem);
  details.end_object().end_array();
  return std::unexpected(
      Error{.code = ErrorCode::kValidation,
            .message = fmt::format("{}: {}", member, problem),
            .fields = {{.name = "details", .value = std::move(details).take(), .json = true}}});
}

}  // namespace layer::json
