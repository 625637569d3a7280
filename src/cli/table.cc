#include "cli/table.h"

#include <algorithm>

#include <fmt/format.h>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace layer::cli {
namespace {

std::string printable(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    byte < 0x20 || byte == 0x7F ? void(fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte))
                                : void(out += c);
  }
  return out;
}

// Code points stand for columns: good enough without a table of widths.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace

std::string format_table(const std::vector<std::string>& header,
                         const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::vector<std::string>> lines{header};
  for (auto& name : lines[0]) {
    std::ranges::transform(name, name.begin(), [](char c) {
      return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    });
  }
  std::vector<std::size_t> widths(header.size(), 0);
  for (const auto& row : rows) {
    auto& line = lines.emplace_back();
    std::ranges::transform(row, std::back_inserter(line), printable);
  }
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size() && i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], width(line[i]));
    }
  }
  std::string out;
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      out += line[i];
      if (i + 1 < line.size()) {
        out.append(widths[i] - width(line[i]) + 2, ' ');
      }
    }
    out += '\n';
  }
  return out;
}

std::string format_rows(const boost::json::array& list) {
  std::vector<std::string> columns;
  for (const auto& row : list) {
    if (!row.is_object()) {
      continue;
    }
    for (const auto& member : row.as_object()) {
      if (std::ranges::find(columns, member.key()) == columns.end()) {
        columns.emplace_back(member.key());
      }
    }
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& row : list) {
    auto& line = rows.emplace_back();
    for (const auto& column : columns) {
      const auto* value = row.is_object() ? row.as_object().if_contains(column) : nullptr;
      line.push_back(value == nullptr ? "" : cell(*value));
    }
  }
  return format_table(columns, rows);
}

std::string cell(const boost::json::value& value) {
  return value.is_string() ? std::string(value.as_string()) : boost::json::serialize(value);
}

}  // namespace layer::cli
