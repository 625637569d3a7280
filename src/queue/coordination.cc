#include "queue/coordination.h"

#include <fmt/format.h>

namespace layer::queue {

Result<void> check_marks(std::size_t count) {
  if (count > kMarksMax) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("{} namespaces at once; at most {}", count, kMarksMax));
  }
  return {};
}

}  // namespace layer::queue
