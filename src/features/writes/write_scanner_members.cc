// The objects that get members: rows, columns and the patch of a filter.
#include <string>
#include <utility>

#include "core/text.h"
#include "features/writes/shard.h"
#include "features/writes/write_scanner.h"
#include "json/unescape.h"
#include "wire/reserved_names.h"

namespace layer::features::writes {
namespace {

Error reserved(std::string_view name) {
  const std::string problem =
      "names that begin with `_hevlayer_` are the gateway's; rename the attribute";
  return {.code = ErrorCode::kValidation,
          .message = "attribute `" + std::string(name) + "` is reserved: " + problem,
          .attribute = std::string(name),
          .fields = {{.name = "reason", .value = "reserved"},
                     {.name = "details",
                      .value = "[{\"field\":" + core::json_string(name) +
                               ",\"problem\":" + core::json_string(problem) + "}]",
                      .json = true}}};
}

// Longer than any spelling of an id: the store has no such row.
constexpr std::size_t kIdTextBytesMax = 2 * core::limits::id_bytes_max;

Error too_many_rows() {
  return {.code = ErrorCode::kPayloadTooLarge,
          .message = "more than " + std::to_string(column_rows_max) +
                     " rows in one columnar operation; send several writes",
          .fields = {}};
}

}  // namespace

void WriteScanner::begin_members(Shape shape) {
  stale_ = 0;
  marked_ = 0;
  shape_ = shape;
  kept_ = false;
  cutting_ = false;
  last_end_ = lexer_.end();
  id_members_ = 0;
  id_shard_ = kNoShard;
  id_rows_.reset();
  other_rows_.reset();
  uneven_ = false;
  shards_.clear();
  where_ = Where::kMembers;
}

void WriteScanner::members(Token token) {
  if (token == Token::kEndObject) {
    end_members();
  } else {
    member_name();
  }
}

void WriteScanner::member_name() {
  const std::string_view name = json::text_of(lexer_, scratch_);
  member_cut_ = name == wire::kStampAttribute || name == wire::kShardAttribute;
  member_is_id_ = name == "id" && shape_ != Shape::kPatch;
  if (member_cut_ && !cutting_) {
    // With a member before it the cut takes the comma in front; without one it goes on to the next
    // name, and takes the comma behind.
    edit(EditKind::kCutBegin, kept_ ? last_end_ : lexer_.begin());
    cutting_ = true;
  } else if (!member_cut_ && cutting_) {
    edit(EditKind::kCutEnd, lexer_.begin());
    cutting_ = false;
  }
  const bool allowed =
      rules_.own_names || (rules_.chunk_names &&
                           (name == wire::kParentAttribute || name == wire::kChunkIndexAttribute));
  if (!member_cut_ && !allowed && wire::is_reserved_name(name)) {
    refuse(reserved(name));
  }
  if (rules_.functions && rules_.stamp && in_patch()) {
    stale_ |= computed_from(*rules_.functions, name);
    marked_ |= marked_by(*rules_.functions, name);
    summary_.patched |= concerned_by(*rules_.functions, name);
  }
  where_ = Where::kMemberValue;
}

void WriteScanner::member_value(Token token) {
  const bool container = token == Token::kBeginObject || token == Token::kBeginArray;
  if (member_cut_ || (shape_ != Shape::kColumns && !member_is_id_)) {
    if (container) {
      lexer_.skip();
      where_ = Where::kMemberSkip;
    } else {
      end_value();
    }
  } else if (shape_ == Shape::kColumns) {
    if (token != Token::kBeginArray) {
      return give_up();
    }
    items_ = 0;
    where_ = Where::kColumn;
    if (member_is_id_) {
      ++id_members_;
      shards_.clear();
    }
  } else if (take_id(token)) {
    ++id_members_;
    end_value();
  } else {
    give_up();
  }
}

void WriteScanner::end_value() {
  last_end_ = lexer_.end();
  if (!member_cut_) {
    kept_ = true;
  } else if (kept_) {
    edit(EditKind::kCutEnd, last_end_);
    cutting_ = false;
  }
  where_ = Where::kMembers;
}

void WriteScanner::end_members() {
  if (cutting_) {
    edit(EditKind::kCutEnd, lexer_.begin());
    cutting_ = false;
  }
  switch (shape_) {
    case Shape::kRow:
      return end_row();
    case Shape::kColumns:
      return end_columns();
    case Shape::kPatch:
      if (rules_.stamp) {
        edit(EditKind::kRow, lexer_.begin(), kNoShard, kept_);
        edits_.back().stale = stale();
      }
      where_ = Where::kFilterPatch;
      return;
  }
}

void WriteScanner::end_row() {
  if (id_members_ == 0) {
    return give_up();
  }
  const std::uint32_t shard = id_members_ == 1 ? id_shard_ : kNoShard;
  if (rules_.stamp || shard != kNoShard) {
    edit(EditKind::kRow, lexer_.begin(), shard, kept_);
    edits_.back().stale = stale();
  }
  count_rows(1);
  where_ = Where::kRows;
}

void WriteScanner::end_columns() {
  if (!id_rows_ || uneven_ || (other_rows_ && *other_rows_ != *id_rows_)) {
    return give_up();
  }
  if (id_members_ > 1) {
    shards_.clear();
  }
  if (*id_rows_ > 0 && (rules_.stamp || !shards_.empty())) {
    edit(EditKind::kColumns, lexer_.begin(), static_cast<std::uint32_t>(columns_.size()), kept_);
    columns_.push_back({.rows = *id_rows_, .shards = std::exchange(shards_, {}), .stale = stale()});
  }
  count_rows(*id_rows_);
  where_ = Where::kTop;
}

void WriteScanner::column(Token token) {
  if (token == Token::kEndArray) {
    return end_column();
  }
  ++items_;
  if (member_is_id_) {
    return id_of_column(token);
  }
  if (token == Token::kBeginObject || token == Token::kBeginArray) {
    lexer_.skip();
    where_ = Where::kColumnSkip;
  }
}

void WriteScanner::id_of_column(Token token) {
  if (!take_id(token)) {
    return give_up();
  }
  if (items_ > column_rows_max) {
    return refuse(too_many_rows());
  }
  if (rules_.shard_count) {
    shards_.push_back(id_shard_ == kNoShard ? ColumnEdit::kNone
                                            : static_cast<std::uint16_t>(id_shard_));
  }
}

void WriteScanner::end_column() {
  auto& rows = member_is_id_ ? id_rows_ : other_rows_;
  uneven_ = uneven_ || (rows && *rows != items_);
  rows = items_;
  end_value();
}

void WriteScanner::count_rows(std::uint32_t rows) {
  const bool upsert = field_ == Field::kUpsertRows || field_ == Field::kUpsertColumns;
  (upsert ? summary_.rows_upserted : summary_.rows_patched) += rows;
}

bool WriteScanner::take_id(Token token) {
  auto& seen = witness();
  id_shard_ = kNoShard;
  if (token == Token::kNumber) {
    const auto id = uint_id(lexer_.raw());
    if (!id) {
      return false;
    }
    if (!seen) {
      seen = *id;
    }
    if (rules_.shard_count) {
      id_shard_ = shard_of(*id, *rules_.shard_count);
    }
    touch(*id);
    return true;
  }
  if (token != Token::kString) {
    return false;
  }
  if (seen && !rules_.shard_count && !rules_.collect_ids) {
    return true;
  }
  const std::string_view text = json::text_of(lexer_, scratch_);
  if (!seen && text.size() <= core::limits::id_bytes_max) {
    seen = std::string(text);
  }
  if (text.size() <= kIdTextBytesMax) {
    touch(std::string(text));
  }
  if (rules_.shard_count) {
    id_shard_ = shard_of_text(text, rules_.id_type, *rules_.shard_count).value_or(kNoShard);
  }
  return true;
}

void WriteScanner::touch(wire::Id id) {
  if (!rules_.collect_ids || too_many_touched_) {
    return;
  }
  if (rows_.size() == touched_rows_max) {
    too_many_touched_ = true;
    std::vector<TouchedRow>().swap(rows_);
    return;
  }
  auto kind = WitnessKind::kPatch;
  if (field_ == Field::kUpsertRows || field_ == Field::kUpsertColumns) {
    kind = WitnessKind::kUpsert;
  } else if (field_ == Field::kDeletes) {
    kind = WitnessKind::kDelete;
  }
  rows_.push_back({.id = std::move(id), .kind = kind});
}

// Where a witness of the operation at hand is kept.
std::optional<wire::Id>& WriteScanner::witness() {
  switch (field_) {
    case Field::kUpsertRows:
    case Field::kUpsertColumns:
      return upsert_witness_;
    case Field::kDeletes:
      return delete_witness_;
    default:
      return patch_witness_;
  }
}

}  // namespace layer::features::writes
