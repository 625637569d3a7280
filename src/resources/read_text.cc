#include "resources/read_text.h"

#include <algorithm>

#include <simdjson.h>

#include <fmt/format.h>

#include "resources/limits.h"
#include "resources/read_format.h"

namespace layer::resources {
namespace {

// The byte that no YAML or JSON text may hold (some readers take it for the end of the text), or
// npos.
std::size_t first_control(std::string_view text) {
  const auto it = std::ranges::find_if(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n' && c != '\t' && c != '\r') || byte == 0x7f;
  });
  return it == text.end() ? std::string_view::npos : static_cast<std::size_t>(it - text.begin());
}

Position position_at(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const std::size_t newline = before.rfind('\n');
  return {.line = static_cast<std::size_t>(std::ranges::count(before, '\n')) + 1,
          .column = newline == std::string_view::npos ? offset + 1 : offset - newline};
}

bool starts_document(std::string_view line) {
  return line.starts_with("---") &&
         (line.size() == 3 || line[3] == ' ' || line[3] == '\t' || line[3] == '\r');
}

// Calls `each` with every document's text and the number of lines before it. A line that begins
// with "---" is always a border: YAML forbids it inside of anything.
template <class F>
void split_documents(std::string_view text, F each) {
  std::size_t begin = 0;
  std::size_t lines = 0;
  std::size_t lines_at_begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t newline = std::min(text.find('\n', at), text.size());
    if (at > begin && starts_document(text.substr(at, newline - at))) {
      each(text.substr(begin, at - begin), lines_at_begin);
      begin = at;
      lines_at_begin = lines;
    }
    at = newline + 1;
    ++lines;
  }
  each(text.substr(begin), lines_at_begin);
}

}  // namespace

TextFormat format_of(std::string_view file) {
  return file.ends_with(".json") ? TextFormat::kJson : TextFormat::kYaml;
}

Documents read_text(std::string_view text, TextFormat format, const std::string& file) {
  Documents documents;
  const auto refuse = [&](Position at, std::string message, std::string hint = {}) {
    documents.mistakes.push_back({.origin = {.file = file, .at = at},
                                  .object = {},
                                  .path = {},
                                  .message = std::move(message),
                                  .hint = std::move(hint),
                                  .reason = "ParseError"});
  };
  if (text.size() > limits::file_bytes_max) {
    refuse({}, fmt::format("the text is larger than {} bytes", limits::file_bytes_max),
           "split it into several files");
    return documents;
  }
  if (text.starts_with("\xef\xbb\xbf")) {
    text.remove_prefix(3);
  }
  if (!simdjson::validate_utf8(text.data(), text.size())) {
    refuse({}, "the text is not UTF-8");
    return documents;
  }
  if (const std::size_t at = first_control(text); at != std::string_view::npos) {
    refuse(position_at(text, at), fmt::format("found the control character 0x{:02x}", text[at]));
    return documents;
  }
  const auto take = [&](Parsed parsed) {
    for (Node& root : parsed.roots) {
      if (!root.is(NodeType::kNull)) {
        documents.roots.push_back(std::move(root));
      }
    }
    for (Fault& fault : parsed.faults) {
      refuse(fault.at, std::move(fault.message), std::move(fault.hint));
    }
  };
  if (format == TextFormat::kJson) {
    take(read_json(text));
  } else {
    split_documents(text, [&](std::string_view part, std::size_t lines_before) {
      take(read_yaml(part, lines_before));
    });
  }
  return documents;
}

}  // namespace layer::resources
