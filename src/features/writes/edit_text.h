// The bytes that edits put in. Thread safety: const after construction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "features/writes/write_plan.h"

namespace layer::features::writes {

class EditText {
 public:
  // `stamp` in epoch milliseconds; unused when the rules say that there is none.
  EditText(const StampRules& rules, std::int64_t stamp);

  void append_row(std::string& out, const Edit& edit) const;

  // Columns may be long, so they come item by item: appends items from `from` on until `out` holds
  // `bytes_max` or all are there, and returns the item to go on with.
  std::uint64_t append_columns(std::string& out, const ColumnEdit& columns, bool comma,
                               std::uint64_t from, std::size_t bytes_max) const;
  std::uint64_t column_items(const ColumnEdit& columns) const;

  // No edit of a kind that is not kColumns adds more, but for marks of functions.
  static constexpr std::size_t kEditBytesMax = 96;
  std::size_t column_bytes_max(const ColumnEdit& columns) const;

 private:
  std::string stamp_;  // digits; empty: no stamp
  std::string row_;    // the stamp's member with a comma in front
  // Marks of results that are old, by the bit of their functions.
  std::vector<std::vector<std::string>> markers_{};

  template <class F>
  void each_marker(FunctionMask stale, F&& visit) const {
    for (std::size_t bit = 0; bit < markers_.size(); ++bit) {
      if ((stale & mask_bit(bit)) != 0) {
        for (const std::string& marker : markers_[bit]) {
          visit(marker);
        }
      }
    }
  }
  // What a columnar operation gets a stamp under.
  std::vector<std::string_view> stamped(const ColumnEdit& columns) const;
};

inline constexpr std::string_view kAskMember = R"("return_affected_ids":true)";

}  // namespace layer::features::writes
