#include "cli/csv_rows.h"

#include <simdjson.h>

#include <utility>

#include <fmt/format.h>

namespace layer::cli {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t kLeftOutMax = 20;

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char each : text) {
    out += each;
    if (each == '"') {
      out += each;
    }
  }
  return out + '"';
}

std::string cell_of(std::string_view text) {
  const bool plain = !text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos &&
                     text.front() != ' ' && text.back() != ' ';
  return plain ? std::string(text) : quoted(text);
}

simdjson::error_code print_cell(ondemand::value value, std::string& out) {
  ondemand::json_type type{};
  if (const auto error = value.type().get(type)) {
    return error;
  }
  std::string_view text;
  switch (type) {
    case ondemand::json_type::null:
      out.clear();
      return simdjson::SUCCESS;
    case ondemand::json_type::string: {
      const auto error = value.get_string().get(text);
      out = cell_of(text);
      return error;
    }
    case ondemand::json_type::number:
    case ondemand::json_type::boolean:
      text = value.raw_json_token();
      out = text.substr(0, text.find_last_not_of(" \t") + 1);
      return simdjson::SUCCESS;
    default: {
      const auto error = simdjson::to_json_string(value).get(text);
      out = cell_of(text);
      return error;
    }
  }
}

std::string joined(const std::vector<std::string>& cells) {
  std::string out;
  for (const std::string& cell : cells) {
    out += &cell == &cells.front() ? "" : ",";
    out += cell;
  }
  return out + "\r\n";
}

}  // namespace

CsvRows::CsvRows(std::vector<std::string> columns)
    : columns_(std::move(columns)), cells_(columns_.size()) {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    position_.emplace(columns_[i], i);
  }
}

std::string CsvRows::header() const {
  std::vector<std::string> names;
  names.reserve(columns_.size());
  for (const std::string& name : columns_) {
    names.push_back(cell_of(name));
  }
  return joined(names);
}

Result<void> CsvRows::append(std::string& out, std::string_view line) {
  const auto unreadable = [](simdjson::error_code error) {
    return fail(ErrorCode::kInvalidJson,
                fmt::format("a row cannot be read: {}", simdjson::error_message(error)));
  };
  for (std::string& cell : cells_) {
    cell.clear();
  }
  padded_.assign(line);
  padded_.append(simdjson::SIMDJSON_PADDING, ' ');
  thread_local ondemand::parser parser;
  ondemand::document document;
  ondemand::object row;
  if (const auto error =
          parser.iterate(padded_.data(), line.size(), padded_.size()).get(document)) {
    return unreadable(error);
  }
  if (const auto error = document.get_object().get(row)) {
    return unreadable(error);
  }
  for (auto member : row) {
    std::string_view name;
    ondemand::value value;
    if (const auto error = member.unescaped_key().get(name)) {
      return unreadable(error);
    }
    if (const auto error = member.value().get(value)) {
      return unreadable(error);
    }
    const auto column = position_.find(name);
    if (column == position_.end()) {
      if (left_out_.size() < kLeftOutMax) {
        left_out_.emplace(name);
      }
    } else if (const auto error = print_cell(value, cells_[column->second])) {
      return unreadable(error);
    }
  }
  out += joined(cells_);
  return {};
}

}  // namespace layer::cli
