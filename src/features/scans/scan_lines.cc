#include "features/scans/scan_lines.h"

#include <charconv>

#include "core/text.h"
#include "features/documents/ids.h"
#include "features/namespaces/slices.h"

namespace layer::features::scans {
namespace {

constexpr std::string_view kIdBegin = R"({"id":)";
constexpr std::string_view kValueBegin = R"({"v":)";
constexpr std::string_view kCountBegin = R"(,"n":)";

// As they were printed, so that the places of their members are known.
bool parse_value_line(std::string_view line, ValueCount& out) {
  const std::size_t count = line.rfind(kCountBegin);
  if (!line.starts_with(kValueBegin) || !line.ends_with('}') || count == std::string_view::npos) {
    return false;
  }
  const std::string_view value = line.substr(kValueBegin.size(), count - kValueBegin.size());
  const char* const begin = line.data() + count + kCountBegin.size();
  const char* const end = line.data() + line.size() - 1;
  const auto [rest, fault] = std::from_chars(begin, end, out.n);
  out.v = namespaces::string_of(value);
  return value.starts_with('"') && fault == std::errc() && rest == end;
}

}  // namespace

void append_id_line(std::string& out, const wire::Id& id) {
  out += kIdBegin;
  documents::append_json(out, id);
  out += "}\n";
}

void append_value_line(std::string& out, const ValueCount& value) {
  out += kValueBegin;
  core::append_json_string(out, value.v);
  out += kCountBegin;
  out += std::to_string(value.n);
  out += "}\n";
}

std::string print_value_lines(const std::vector<ValueCount>& values) {
  std::string out;
  for (const ValueCount& value : values) {
    append_value_line(out, value);
  }
  return out;
}

Result<std::vector<ValueCount>> parse_value_lines(std::string_view text) {
  std::vector<ValueCount> values;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    ValueCount value;
    if (end == std::string_view::npos || !parse_value_line(text.substr(0, end), value)) {
      return fail(ErrorCode::kCorrupt, "a list of values that a scan kept is damaged");
    }
    values.push_back(std::move(value));
    text.remove_prefix(end + 1);
  }
  return values;
}

std::string_view id_of_line(std::string_view line) {
  return line.starts_with(kIdBegin) && line.ends_with('}')
             ? line.substr(kIdBegin.size(), line.size() - kIdBegin.size() - 1)
             : std::string_view();
}

}  // namespace layer::features::scans
