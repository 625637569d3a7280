#include "features/writes/splice.h"

#include <limits>

#include "features/writes/edit_text.h"

namespace layer::features::writes {
namespace {

constexpr std::size_t kNoMax = std::numeric_limits<std::size_t>::max();

std::size_t size_max(std::string_view body, const WritePlan& plan, const EditText& text) {
  std::size_t size = body.size() + plan.edits.size() * EditText::kEditBytesMax;
  for (const ColumnEdit& columns : plan.columns) {
    size += text.column_bytes_max(columns);
  }
  return size;
}

}  // namespace

std::string splice(std::string_view body, const WritePlan& plan, const StampRules& rules,
                   std::int64_t stamp, bool ask_affected_ids) {
  const EditText text(rules, stamp);
  std::string out;
  out.reserve(size_max(body, plan, text));
  std::size_t done = 0;
  const auto copy_to = [&](std::size_t offset) {
    out.append(body.substr(done, offset - done));
    done = offset;
  };
  for (const Edit& edit : plan.edits) {
    switch (edit.kind) {
      case EditKind::kCutBegin:
        copy_to(edit.offset);
        break;
      case EditKind::kCutEnd:
        done = edit.offset;
        break;
      case EditKind::kRow:
        copy_to(edit.offset);
        text.append_row(out, edit);
        break;
      case EditKind::kColumns:
        copy_to(edit.offset);
        text.append_columns(out, plan.columns[edit.arg], edit.comma, 0, kNoMax);
        break;
      case EditKind::kAskBegin:
        if (ask_affected_ids) {
          copy_to(edit.offset);
          out += "true";
        }
        break;
      case EditKind::kAskEnd:
        if (ask_affected_ids) {
          done = edit.offset;
        }
        break;
      case EditKind::kAskMember:
        copy_to(edit.offset);
        if (ask_affected_ids) {
          out.append(edit.comma ? "," : "").append(kAskMember);
        }
        break;
    }
  }
  out.append(body.substr(done));
  return out;
}

}  // namespace layer::features::writes
