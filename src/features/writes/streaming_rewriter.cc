#include "features/writes/streaming_rewriter.h"

#include <algorithm>

namespace layer::features::writes {

Result<void> StreamingRewriter::feed(std::string_view piece) {
  piece_ = piece;
  scanner_.edits().clear();
  edit_ = 0;
  scanner_.feed(piece);
  return check();
}

Result<void> StreamingRewriter::finish() {
  piece_ = {};
  finished_ = true;
  scanner_.edits().clear();
  edit_ = 0;
  scanner_.finish();
  return check();
}

Result<void> StreamingRewriter::check() {
  if (scanner_.refusal()) {
    return std::unexpected(*scanner_.refusal());
  }
  const std::uint64_t end = kept_begin_ + kept_.size() + piece_.size();
  // Nothing is edited behind the point where the scanner gave up, nor behind the end.
  settled_ = finished_ || scanner_.gave_up() ? end : scanner_.settled();
  if (end - settled_ > rewrite_window_bytes_max) {
    return fail(ErrorCode::kPayloadTooLarge,
                "a member's name and the white space before it take more than " +
                    std::to_string(rewrite_window_bytes_max) + " bytes");
  }
  return {};
}

std::string_view StreamingRewriter::pull() {
  out_.clear();
  const std::vector<Edit>& edits = scanner_.edits();
  while (edit_ < edits.size()) {
    if (!apply(edits[edit_])) {
      return out_;
    }
    ++edit_;
  }
  if (scanner_.gave_up()) {
    cutting_ = false;
  }
  if (copy_to(settled_) && out_.empty()) {
    keep_rest();
  }
  return out_;
}

bool StreamingRewriter::copy_to(std::uint64_t offset) {
  if (cutting_) {
    done_ = std::max(done_, offset);
    return true;
  }
  while (done_ < offset) {
    if (out_.size() >= rewrite_window_bytes_max) {
      return false;
    }
    const std::uint64_t piece_begin = kept_begin_ + kept_.size();
    const bool in_kept = done_ < piece_begin;
    const std::string_view from = in_kept ? std::string_view(kept_) : piece_;
    const std::uint64_t from_begin = in_kept ? kept_begin_ : piece_begin;
    const std::string_view bytes = from.substr(
        done_ - from_begin,
        std::min<std::uint64_t>(offset - done_, rewrite_window_bytes_max - out_.size()));
    out_.append(bytes);
    done_ += bytes.size();
  }
  return true;
}

// False: the window is full; the edit has to be applied again to go on.
bool StreamingRewriter::apply(const Edit& edit) {
  switch (edit.kind) {
    case EditKind::kCutBegin:
      if (!copy_to(edit.offset)) {
        return false;
      }
      cutting_ = true;
      return true;
    case EditKind::kCutEnd:
      done_ = edit.offset;
      cutting_ = false;
      return true;
    case EditKind::kRow:
      if (!copy_to(edit.offset)) {
        return false;
      }
      text_.append_row(out_, edit);
      return true;
    case EditKind::kColumns: {
      if (!copy_to(edit.offset)) {
        return false;
      }
      ColumnEdit& columns = scanner_.columns()[edit.arg];
      column_item_ =
          text_.append_columns(out_, columns, edit.comma, column_item_, rewrite_window_bytes_max);
      if (column_item_ < text_.column_items(columns)) {
        return false;
      }
      column_item_ = 0;
      columns.shards = {};
      return true;
    }
    case EditKind::kAskBegin:
    case EditKind::kAskEnd:
    case EditKind::kAskMember:
      return true;
  }
  return true;
}

// Everything settled was given out; the rest waits for the next piece.
void StreamingRewriter::keep_rest() {
  const std::uint64_t piece_begin = kept_begin_ + kept_.size();
  const std::uint64_t end = piece_begin + piece_.size();
  if (done_ >= piece_begin) {
    kept_.assign(piece_.substr(done_ - piece_begin));
  } else {
    kept_.erase(0, done_ - kept_begin_);
    kept_.append(piece_);
  }
  kept_begin_ = end - kept_.size();
  piece_ = {};
}

}  // namespace layer::features::writes
