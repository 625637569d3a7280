#include "features/writes/write_plan.h"

#include <algorithm>
#include <utility>

#include "features/writes/write_scanner.h"

namespace layer::features::writes {

bool WritePlan::edits_body(bool ask_affected_ids) const {
  return std::any_of(edits.begin(), edits.end(), [&](const Edit& edit) {
    switch (edit.kind) {
      case EditKind::kAskBegin:
      case EditKind::kAskEnd:
      case EditKind::kAskMember:
        return ask_affected_ids && !summary.affected_ids_asked;
      default:
        return true;
    }
  });
}

Result<WritePlan> plan_write(std::string_view body, const StampRules& rules) {
  WriteScanner scanner(rules);
  scanner.feed(body);
  scanner.finish();
  WritePlan plan;
  plan.summary = scanner.summary();
  if (!scanner.complete() || !json::is_utf8(body)) {
    return plan;
  }
  if (scanner.refusal()) {
    return std::unexpected(*scanner.refusal());
  }
  plan.understood = true;
  plan.edits = std::move(scanner.edits());
  plan.columns = std::move(scanner.columns());
  plan.too_many_rows = scanner.too_many_touched();
  plan.rows = scanner.take_rows();
  return plan;
}

}  // namespace layer::features::writes
