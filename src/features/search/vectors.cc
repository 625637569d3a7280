#include "features/search/vectors.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/limits.h"
#include "core/text.h"
#include "features/namespaces/slices.h"
#include "json/writer.h"
#include "json/wrong_member.h"
#include "wire/base64.h"

namespace layer::features::search {
namespace {

constexpr std::size_t kDimsMax = core::limits::vector_dims_max;

}  // namespace

Result<std::size_t> vector_dims(std::string_view text, std::string_view member) {
  const auto wrong = [&] {
    return json::wrong_member(
        member, fmt::format("expected 1 to {} numbers, as an array or as base64 of little-endian "
                            "32-bit floats",
                            kDimsMax));
  };
  std::size_t dims = 0;
  if (text.starts_with('"')) {
    const auto values = wire::decode_base64_f32(namespaces::string_of(text));
    if (!values ||
        !std::ranges::all_of(*values, [](float value) { return std::isfinite(value); })) {
      return wrong();
    }
    dims = values->size();
  } else {
    const auto items = namespaces::items_of(text);
    if (!std::ranges::all_of(items, [](const namespaces::Slice& item) {
          return item.token == json::Token::kNumber;
        })) {
      return wrong();
    }
    dims = items.size();
  }
  if (dims == 0 || dims > kDimsMax) {
    return wrong();
  }
  return dims;
}

std::string print_vector(std::span<const float> values) {
  json::Writer out;
  out.begin_array();
  for (const float value : values) {
    out.value(value);
  }
  out.end_array();
  return std::move(out).take();
}

std::string rank_by_vector(std::string_view attribute, std::string_view operation,
                           std::string_view vector) {
  std::string out = "[";
  core::append_json_string(out, attribute);
  out += ",\"";
  out += operation;
  out += "\",";
  out += vector;
  return out + "]";
}

}  // namespace layer::features::search
