#include "engine/text/offsets.h"

#include <algorithm>

#include "engine/text/utf8.h"

namespace layer::engine::text {

void convert_offsets(std::string_view text, std::vector<std::uint64_t*>& offsets,
                     wire::Highlight::Offsets unit) {
  if (unit == wire::Highlight::Offsets::kUtf8) {
    return;
  }
  std::ranges::sort(offsets, {}, [](const std::uint64_t* offset) { return *offset; });
  std::uint64_t bytes = 0;
  std::uint64_t units = 0;
  for (std::uint64_t* offset : offsets) {
    const std::string_view passed = text.substr(bytes, *offset - bytes);
    units += unit == wire::Highlight::Offsets::kUtf16 ? count_utf16_units(passed)
                                                      : count_code_points(passed);
    bytes = *offset;
    *offset = units;
  }
}

}  // namespace layer::engine::text
