// Any bytes as what a caller asked, what a store answered, and what a scan kept: what is read
// prints as the same again, and nothing crashes. The first byte chooses the reader.
#include <cstdlib>
#include <string>
#include <string_view>

#include "features/scans/group_pages.h"
#include "features/scans/scan_lines.h"
#include "features/scans/scan_params.h"
#include "features/scans/value_tally.h"
#include "features/scans/values_state.h"
#include "testing/fuzz.h"

namespace layer::features::scans {
namespace {

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

void check(std::uint8_t choice, std::string_view text) {
  switch (choice % 5) {
    case 0:
      if (const auto params = parse_params(text)) {
        require(print_params(*parse_params(print_params(*params))) == print_params(*params));
      }
      break;
    case 1:
      if (const auto state = parse_state(text)) {
        require(print_state(*parse_state(print_state(*state))) == print_state(*state));
      }
      break;
    case 2:
      if (const auto values = parse_value_lines(text)) {
        const std::string lines = print_value_lines(*values);
        require(print_value_lines(*parse_value_lines(lines)) == lines);
      }
      (void)id_of_line(text);
      break;
    case 3:
      (void)parse_groups(text, "f", false);
      (void)parse_groups(text, "f", true);
      break;
    default:
      ValueTally tally({.distinct_max = 4, .bytes_max = 1000});
      tally.add_json(text);
      require(tally.kept() <= 4);
  }
}

}  // namespace
}  // namespace layer::features::scans

LAYER_FUZZ_TARGET(scans_fuzz) {
  if (size > 0) {
    layer::features::scans::check(data[0], {reinterpret_cast<const char*>(data + 1), size - 1});
  }
}
