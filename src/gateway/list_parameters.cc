#include "gateway/list_parameters.h"

#include <charconv>

#include <fmt/format.h>

#include "gateway/errors.h"
#include "gateway/percent.h"

namespace layer::gateway {

Result<std::size_t> read_count(std::string_view query, std::string_view name, std::size_t otherwise,
                               std::size_t max) {
  const auto text = query_parameter(query, name);
  if (!text) {
    return otherwise;
  }
  std::size_t count = 0;
  const char* end = text->data() + text->size();
  const auto [stopped, failed] = std::from_chars(text->data(), end, count);
  if (failed != std::errc{} || stopped != end || count < 1 || count > max) {
    return std::unexpected(
        validation_error(name, fmt::format("expected an integer from 1 to {}", max)));
  }
  return count;
}

}  // namespace layer::gateway
