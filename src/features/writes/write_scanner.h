// Reads a write body piece by piece and says where to edit it. Used on whole bodies (plan_write)
// and on passing ones (StreamingRewriter), so both make the same edits. Thread safety: one thread.
// Cost: that of the lexer; nothing of the body is copied.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "features/writes/write_plan.h"
#include "json/lexer.h"

namespace layer::features::writes {

class WriteScanner {
 public:
  explicit WriteScanner(const StampRules& rules) : rules_(rules) {}
  WriteScanner(const WriteScanner&) = delete;
  WriteScanner& operator=(const WriteScanner&) = delete;

  // Reads on. `piece` need not stay after the call.
  void feed(std::string_view piece);
  void finish();

  // Not JSON or another shape: nothing more is read, nothing more is edited.
  bool gave_up() const { return where_ == Where::kGaveUp; }
  // The whole body was read and is one the gateway edits.
  bool complete() const { return where_ == Where::kDone; }
  // The first reason to refuse the body.
  const std::optional<Error>& refusal() const { return refusal_; }
  // Bytes from here on may still be cut; those before are settled by the edits so far.
  std::uint64_t settled() const;

  std::vector<Edit>& edits() { return edits_; }
  std::vector<ColumnEdit>& columns() { return columns_; }
  Summary summary() const;
  // What was collected so far; empty unless the rules ask for it.
  std::vector<TouchedRow> take_rows();
  bool too_many_touched() const { return too_many_touched_; }

 private:
  enum class Where : std::uint8_t {
    kStart,
    kTop,       // between the body's members
    kTopValue,  // at the value of field_
    kTopSkip,
    kRows,     // between rows
    kMembers,  // between the members of an edited object
    kMemberValue,
    kMemberSkip,
    kColumn,  // between the items of a column
    kColumnSkip,
    kDeletes,
    kFilterPatch,  // between the members of patch_by_filter
    kFilterPatchValue,
    kFilterPatchSkip,
    kDone,
    kGaveUp,
  };
  enum class Field : std::uint8_t {
    kUpsertRows,
    kUpsertColumns,
    kPatchRows,
    kPatchColumns,
    kDeletes,
    kDeleteByFilter,
    kPatchByFilter,
    kUpsertCondition,
    kPatchCondition,
    kDeleteCondition,
    kReturnAffectedIds,
    kCopyFrom,
    kBranchFrom,
    kOther,
  };
  enum class Shape : std::uint8_t { kRow, kColumns, kPatch };
  struct FieldName {
    std::string_view name;
    Field field;
  };
  static const std::array<FieldName, 13> kFields;

  using Token = json::Token;

  void run();
  void take(Token token);
  void give_up() { where_ = Where::kGaveUp; }
  void refuse(Error error);
  void edit(EditKind kind, std::uint64_t offset, std::uint32_t arg = 0, bool comma = false);

  // The body's own members.
  void top(Token token);
  void top_value(Token token);
  void operation(Token token);
  void condition(Token token, bool& flag);
  void affected_ids(Token token);
  void skip_to(Where back, Token token);
  void rows(Token token);
  void deletes(Token token);
  void filter_patch(Token token);
  void filter_patch_value(Token token);

  // An edited object: a row, columns, a filter's patch.
  void begin_members(Shape shape);
  void members(Token token);
  void member_name();
  void member_value(Token token);
  void end_value();
  void end_members();
  void end_row();
  void end_columns();
  void column(Token token);
  void id_of_column(Token token);
  void end_column();
  void count_rows(std::uint32_t rows);
  FunctionMask stale() const { return static_cast<FunctionMask>(stale_ & ~marked_); }
  bool in_patch() const {
    return field_ == Field::kPatchRows || field_ == Field::kPatchColumns ||
           field_ == Field::kPatchByFilter;
  }

  // Reads the token as an id into id_shard_, as a witness and as a touched row. False: it is no id.
  bool take_id(Token token);
  void touch(wire::Id id);
  std::optional<wire::Id>& witness();

  const StampRules rules_;
  json::Lexer lexer_;
  Where where_ = Where::kStart;
  Field field_ = Field::kOther;
  bool top_comma_ = false;
  bool ask_in_body_ = false;
  std::optional<Error> refusal_;
  std::vector<Edit> edits_;
  std::vector<ColumnEdit> columns_;
  std::string scratch_;

  Summary summary_;
  FunctionMask stale_ = 0;   // of the object at hand
  FunctionMask marked_ = 0;  // whose results it marks itself
  bool upsert_condition_ = false;
  bool patch_condition_ = false;
  bool delete_condition_ = false;
  std::optional<wire::Id> upsert_witness_;
  std::optional<wire::Id> patch_witness_;
  std::optional<wire::Id> delete_witness_;
  std::vector<TouchedRow> rows_;
  bool too_many_touched_ = false;

  // Of the edited object at hand.
  Shape shape_ = Shape::kRow;
  bool kept_ = false;        // a member before this one stays
  bool cutting_ = false;     // a cut is open
  bool member_cut_ = false;  // the member at hand is left out
  bool member_is_id_ = false;
  bool member_is_patch_ = false;  // of patch_by_filter
  std::uint64_t last_end_ = 0;    // where the last member, or the brace, ends
  std::uint32_t id_members_ = 0;
  std::uint32_t id_shard_ = kNoShard;  // of the last id
  // Of columns: rows of the id column and of the others, where known and equal.
  std::uint32_t items_ = 0;
  std::optional<std::uint32_t> id_rows_;
  std::optional<std::uint32_t> other_rows_;
  bool uneven_ = false;
  std::vector<std::uint16_t> shards_;
};

}  // namespace layer::features::writes
