#include "features/writes/write_scanner.h"

#include <utility>

#include "json/unescape.h"

namespace layer::features::writes {

const std::array<WriteScanner::FieldName, 13> WriteScanner::kFields{{
    {"upsert_rows", Field::kUpsertRows},
    {"upsert_columns", Field::kUpsertColumns},
    {"patch_rows", Field::kPatchRows},
    {"patch_columns", Field::kPatchColumns},
    {"deletes", Field::kDeletes},
    {"delete_by_filter", Field::kDeleteByFilter},
    {"patch_by_filter", Field::kPatchByFilter},
    {"upsert_condition", Field::kUpsertCondition},
    {"patch_condition", Field::kPatchCondition},
    {"delete_condition", Field::kDeleteCondition},
    {"return_affected_ids", Field::kReturnAffectedIds},
    {"copy_from_namespace", Field::kCopyFrom},
    {"branch_from_namespace", Field::kBranchFrom},
}};

void WriteScanner::feed(std::string_view piece) {
  lexer_.feed(piece);
  run();
}

void WriteScanner::finish() {
  lexer_.finish();
  run();
}

void WriteScanner::run() {
  while (where_ != Where::kGaveUp) {
    const Token token = lexer_.next();
    if (token == Token::kNeedMore || token == Token::kEnd) {
      return;
    }
    if (token == Token::kInvalid) {
      give_up();
      return;
    }
    take(token);
  }
}

std::uint64_t WriteScanner::settled() const {
  return where_ == Where::kMembers ? last_end_ : lexer_.position();
}

void WriteScanner::take(Token token) {
  switch (where_) {
    case Where::kStart:
      where_ = token == Token::kBeginObject ? Where::kTop : Where::kGaveUp;
      return;
    case Where::kTop:
      return top(token);
    case Where::kTopValue:
      return top_value(token);
    case Where::kTopSkip:
      where_ = Where::kTop;
      return;
    case Where::kRows:
      return rows(token);
    case Where::kMembers:
      return members(token);
    case Where::kMemberValue:
      return member_value(token);
    case Where::kMemberSkip:
      return end_value();
    case Where::kColumn:
      return column(token);
    case Where::kColumnSkip:
      where_ = Where::kColumn;
      return;
    case Where::kDeletes:
      return deletes(token);
    case Where::kFilterPatch:
      return filter_patch(token);
    case Where::kFilterPatchValue:
      return filter_patch_value(token);
    case Where::kFilterPatchSkip:
      where_ = Where::kFilterPatch;
      return;
    case Where::kDone:
    case Where::kGaveUp:
      return;
  }
}

void WriteScanner::top(Token token) {
  if (token == Token::kEndObject) {
    if (!ask_in_body_) {
      edit(EditKind::kAskMember, lexer_.begin(), 0, top_comma_);
    }
    where_ = summary_.has_operation() && !summary_.copies ? Where::kDone : Where::kGaveUp;
    return;
  }
  const std::string_view name = json::text_of(lexer_, scratch_);
  field_ = Field::kOther;
  for (const FieldName& known : kFields) {
    if (known.name == name) {
      field_ = known.field;
    }
  }
  top_comma_ = true;
  where_ = Where::kTopValue;
}

void WriteScanner::top_value(Token token) {
  if (token == Token::kNull) {  // as if it were not there
    where_ = Where::kTop;
    return;
  }
  switch (field_) {
    case Field::kUpsertCondition:
      return condition(token, upsert_condition_);
    case Field::kPatchCondition:
      return condition(token, patch_condition_);
    case Field::kDeleteCondition:
      return condition(token, delete_condition_);
    case Field::kReturnAffectedIds:
      return affected_ids(token);
    case Field::kCopyFrom:
    case Field::kBranchFrom:
      summary_.copies = true;
      return skip_to(Where::kTopSkip, token);
    case Field::kOther:
      return skip_to(Where::kTopSkip, token);
    default:
      return operation(token);
  }
}

void WriteScanner::operation(Token token) {
  const bool columns = field_ == Field::kUpsertColumns || field_ == Field::kPatchColumns;
  const bool object = columns || field_ == Field::kPatchByFilter;
  if (token != (object ? Token::kBeginObject : Token::kBeginArray)) {
    return give_up();
  }
  switch (field_) {
    case Field::kUpsertRows:
    case Field::kUpsertColumns:
      summary_.upserts = true;
      break;
    case Field::kPatchRows:
    case Field::kPatchColumns:
      summary_.patches = true;
      break;
    case Field::kDeletes:
      summary_.deletes = true;
      where_ = Where::kDeletes;
      return;
    case Field::kDeleteByFilter:
      summary_.delete_by_filter = true;
      return skip_to(Where::kTopSkip, token);
    default:
      summary_.patch_by_filter = true;
      where_ = Where::kFilterPatch;
      return;
  }
  if (columns) {
    begin_members(Shape::kColumns);
  } else {
    where_ = Where::kRows;
  }
}

void WriteScanner::condition(Token token, bool& flag) {
  if (token != Token::kBeginArray) {
    return give_up();
  }
  flag = true;
  skip_to(Where::kTopSkip, token);
}

void WriteScanner::affected_ids(Token token) {
  if (token != Token::kTrue && token != Token::kFalse) {
    return give_up();
  }
  ask_in_body_ = true;
  summary_.affected_ids_asked = token == Token::kTrue;
  edit(EditKind::kAskBegin, lexer_.begin());
  edit(EditKind::kAskEnd, lexer_.end());
  where_ = Where::kTop;
}

// Passes over a value whose content does not matter. `back` is the state while a container is
// passed over; a scalar leads at once to where that state leads.
void WriteScanner::skip_to(Where back, Token token) {
  where_ = back;
  if (token == Token::kBeginObject || token == Token::kBeginArray) {
    lexer_.skip();
  } else {
    take(token);
  }
}

void WriteScanner::rows(Token token) {
  if (token == Token::kEndArray) {
    where_ = Where::kTop;
  } else if (token == Token::kBeginObject) {
    begin_members(Shape::kRow);
  } else {
    give_up();
  }
}

void WriteScanner::deletes(Token token) {
  if (token == Token::kEndArray) {
    where_ = Where::kTop;
  } else if (take_id(token)) {
    ++summary_.rows_deleted;
  } else {
    give_up();
  }
}

void WriteScanner::filter_patch(Token token) {
  if (token == Token::kEndObject) {
    where_ = Where::kTop;
    return;
  }
  member_is_patch_ = json::text_of(lexer_, scratch_) == "patch";
  where_ = Where::kFilterPatchValue;
}

void WriteScanner::filter_patch_value(Token token) {
  if (!member_is_patch_) {
    return skip_to(Where::kFilterPatchSkip, token);
  }
  return token == Token::kBeginObject ? begin_members(Shape::kPatch) : give_up();
}

void WriteScanner::edit(EditKind kind, std::uint64_t offset, std::uint32_t arg, bool comma) {
  edits_.push_back({.offset = offset, .arg = arg, .kind = kind, .comma = comma});
}

void WriteScanner::refuse(Error error) {
  if (!refusal_) {
    refusal_ = std::move(error);
  }
}

std::vector<TouchedRow> WriteScanner::take_rows() {
  for (TouchedRow& row : rows_) {  // a condition may stand behind the rows it is for
    row.conditional = row.kind == WitnessKind::kUpsert  ? upsert_condition_
                      : row.kind == WitnessKind::kPatch ? patch_condition_
                                                        : delete_condition_;
  }
  return std::exchange(rows_, {});
}

Summary WriteScanner::summary() const {
  Summary out = summary_;
  out.conditions = upsert_condition_ || patch_condition_ || delete_condition_;
  if (upsert_witness_ && !upsert_condition_) {
    out.witness = {.id = *upsert_witness_, .kind = WitnessKind::kUpsert};
  } else if (delete_witness_ && !delete_condition_) {
    out.witness = {.id = *delete_witness_, .kind = WitnessKind::kDelete};
  } else if (patch_witness_ && !patch_condition_) {
    out.witness = {.id = *patch_witness_, .kind = WitnessKind::kPatch};
  }
  return out;
}

}  // namespace layer::features::writes
