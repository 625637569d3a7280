#include "features/exports/export_lines.h"

#include <algorithm>

#include "features/documents/ids.h"
#include "features/documents/projection.h"

namespace layer::features::exports {
namespace {

// What a store wrote between its values may hold a line feed; inside of strings JSON escapes it.
void keep_to_one_line(std::string& out, std::size_t begin) {
  std::replace_if(
      out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(),
      [](char each) { return each == '\n' || each == '\r'; }, ' ');
}

}  // namespace

std::string print_lines(const std::vector<documents::AnswerRow>& rows, bool reserved) {
  const documents::Projection visible;
  std::string out;
  std::string attributes;
  for (const documents::AnswerRow& row : rows) {
    const std::size_t begin = out.size();
    attributes.clear();
    if (reserved || !visible.append(attributes, *row.attributes)) {
      attributes = *row.attributes;
    }
    out += R"({"id":)";
    documents::append_json(out, row.id);
    const std::size_t first = attributes.find_first_not_of(" \t\r\n", 1);
    if (first != std::string::npos && attributes[first] != '}') {
      out += ',';
      out.append(attributes, first);
    } else {
      out += '}';
    }
    keep_to_one_line(out, begin);
    out += '\n';
  }
  return out;
}

}  // namespace layer::features::exports
