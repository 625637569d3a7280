#include "resources/mistake.h"

#include <fmt/format.h>

namespace layer::resources {

std::string to_string(const Mistake& mistake) {
  std::string text = mistake.origin.file;
  if (mistake.origin.at.line > 0) {
    fmt::format_to(std::back_inserter(text), ":{}:{}", mistake.origin.at.line,
                   mistake.origin.at.column);
  }
  for (const std::string* part : {&mistake.object, &mistake.path, &mistake.message}) {
    if (!part->empty()) {
      text += text.empty() ? "" : ": ";
      text += *part;
    }
  }
  if (!mistake.hint.empty()) {
    text += "; " + mistake.hint;
  }
  return text;
}

}  // namespace layer::resources
