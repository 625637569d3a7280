#include "features/writes/edit_text.h"

#include <algorithm>
#include <charconv>

#include "wire/reserved_names.h"

namespace layer::features::writes {
namespace {

// `,"name":` with the comma only where one is due.
void append_name(std::string& out, std::string_view name, bool comma) {
  out.append(comma ? ",\"" : "\"").append(name).append("\":");
}

void append_number(std::string& out, std::uint32_t number) {
  char digits[10];
  out.append(digits, std::to_chars(digits, digits + sizeof(digits), number).ptr);
}

}  // namespace

EditText::EditText(const StampRules& rules, std::int64_t stamp) {
  if (!rules.stamp) {
    return;
  }
  stamp_ = std::to_string(stamp);
  append_name(row_, wire::kStampAttribute, true);
  row_ += stamp_;
  if (rules.functions) {
    const WatchedFunctions& functions = *rules.functions;
    markers_.resize(std::min(functions.size(), kMaskBits));
    for (std::size_t i = 0; i < functions.size(); ++i) {
      markers_[std::min(i, kMaskBits - 1)].push_back(functions[i].stale_marker);
    }
  }
}

void EditText::append_row(std::string& out, const Edit& edit) const {
  const std::string_view stamp = row_;
  out.append(stamp.substr(edit.comma || stamp.empty() ? 0 : 1));
  each_marker(edit.stale, [&](const std::string& marker) {
    append_name(out, marker, true);
    out += stamp_;
  });
  if (edit.arg != kNoShard) {
    append_name(out, wire::kShardAttribute, edit.comma || !row_.empty());
    append_number(out, edit.arg);
  }
}

std::vector<std::string_view> EditText::stamped(const ColumnEdit& columns) const {
  std::vector<std::string_view> names;
  if (!stamp_.empty()) {
    names.push_back(wire::kStampAttribute);
    each_marker(columns.stale, [&](const std::string& marker) { names.push_back(marker); });
  }
  return names;
}

std::uint64_t EditText::column_items(const ColumnEdit& columns) const {
  return stamped(columns).size() * columns.rows + columns.shards.size();
}

std::size_t EditText::column_bytes_max(const ColumnEdit& columns) const {
  constexpr std::size_t kShardBytesMax = 5;
  std::size_t bytes = 2 * kEditBytesMax + columns.shards.size() * kShardBytesMax;
  for (const std::string_view name : stamped(columns)) {
    bytes += name.size() + kEditBytesMax + columns.rows * (stamp_.size() + 1);
  }
  return bytes;
}

std::uint64_t EditText::append_columns(std::string& out, const ColumnEdit& columns, bool comma,
                                       std::uint64_t from, std::size_t bytes_max) const {
  const std::vector<std::string_view> names = stamped(columns);
  const std::uint64_t stamps = names.size() * columns.rows;
  const std::uint64_t items = column_items(columns);
  std::uint64_t item = from;
  for (; item < items && out.size() < bytes_max; ++item) {
    const bool is_stamp = item < stamps;
    const std::uint64_t index = is_stamp ? item % columns.rows : item - stamps;
    if (index == 0) {
      append_name(out, is_stamp ? names[item / columns.rows] : wire::kShardAttribute,
                  comma || item > 0);
      out += '[';
    } else {
      out += ',';
    }
    if (is_stamp) {
      out += stamp_;
    } else if (columns.shards[index] == ColumnEdit::kNone) {
      out += "null";
    } else {
      append_number(out, columns.shards[index]);
    }
    if ((is_stamp && index + 1 == columns.rows) || item + 1 == items) {
      out += ']';
    }
  }
  return item;
}

}  // namespace layer::features::writes
