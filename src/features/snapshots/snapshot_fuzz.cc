// Any bytes as what the object store or a store of rows answered: what is read as a snapshot prints
// as the same one again, and nothing crashes. The first byte chooses the reader.
#include <cstdlib>
#include <string>
#include <string_view>

#include "features/snapshots/body.h"
#include "features/snapshots/group_answer.h"
#include "features/snapshots/latest.h"
#include "features/snapshots/policy.h"
#include "testing/fuzz.h"

namespace layer::features::snapshots {
namespace {

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

void check(std::uint8_t choice, std::string_view text) {
  switch (choice % 4) {
    case 0:
      if (const auto body = parse_body(std::string(text))) {
        require(*parse_body(print_body(*body)) == *body);
      }
      break;
    case 1:
      if (const auto latest = parse_latest(std::string(text))) {
        require(*parse_latest(print_latest(*latest)) == *latest);
      }
      break;
    case 2:
      if (const auto policy = parse_policy(text)) {
        require(*parse_policy(print_policy(*policy)) == *policy);
      }
      break;
    default:
      (void)read_groups(text, "f", false);
      (void)read_groups(text, "f", true);
      (void)read_count(text);
  }
}

}  // namespace
}  // namespace layer::features::snapshots

LAYER_FUZZ_TARGET(snapshot_fuzz) {
  if (size > 0) {
    layer::features::snapshots::check(data[0], {reinterpret_cast<const char*>(data + 1), size - 1});
  }
}
