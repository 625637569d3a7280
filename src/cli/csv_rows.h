// Rows as CSV (RFC 4180): a header, CR LF, quotes where a value needs them. Nothing stands for null
// and for what a row lacks, "" for an empty text; numbers are as the store wrote them, arrays,
// vectors and objects are JSON text. Thread safety: one thread.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace layer::cli {

class CsvRows {
 public:
  // The columns in their order, each named once.
  explicit CsvRows(std::vector<std::string> columns);

  std::string header() const;
  // `line`: a row as JSON. Errors: kInvalidJson.
  Result<void> append(std::string& out, std::string_view line);
  // Attributes that rows have and no column is there for, some of them.
  const std::set<std::string>& left_out() const { return left_out_; }

 private:
  const std::vector<std::string> columns_;
  std::map<std::string, std::size_t, std::less<>> position_;
  std::vector<std::string> cells_;  // of one row, as they are printed
  std::string padded_;              // a line as the parser needs it
  std::set<std::string> left_out_;
};

}  // namespace layer::cli
