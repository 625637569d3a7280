#include "features/freshness/row_bounds.h"

#include <utility>

#include "wire/reserved_names.h"

namespace layer::features::freshness {
namespace {

constexpr int kTooManyRequests = 429;

}  // namespace

RowBounds::RowBounds(ReadCut read, TimeRange range)
    : read_(read), edit_{.range = range, .cut_ms = read.cut_ms} {
  if (read_.stable) {
    edit_.level = read_.upstream;
  }
}

std::string RowBounds::join(std::string filter) const {
  return all_of({all_of({std::move(filter), edit_.time_text()}), edit_.cut_text()});
}

bool RowBounds::cut_after(int status) {
  if (status != kTooManyRequests || !read_.stable || edit_.cut_ms || !read_.watermark_ms ||
      edit_.without_stamps) {
    return false;
  }
  edit_.cut_ms = read_.cut_ms = read_.watermark_ms;
  return true;
}

bool RowBounds::may_lack_stamps(int status) const {
  return edit_.compares_stamps() && refuses_query(status);
}

bool RowBounds::drop_stamps(int status, std::string_view words) {
  if (!may_lack_stamps(status) || words.find(wire::kStampAttribute) == std::string_view::npos) {
    return false;
  }
  edit_.without_stamps = true;
  read_.cut_ms.reset();
  return true;
}

Error stamps_missing(std::string_view feature) {
  return {.code = ErrorCode::kFeatureUnavailable,
          .message =
              "writes to this namespace carry no stamps, so rows cannot be told apart by "
              "when they were written; switch stamping on",
          .fields = {{.name = "feature", .value = std::string(feature)},
                     {.name = "reason", .value = "stamp_off"}}};
}

bool refuses_query(int status) {
  return status == 400 || status == 422;
}

}  // namespace layer::features::freshness
