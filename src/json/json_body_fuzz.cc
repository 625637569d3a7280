// Any bytes: parse or refuse with a place, and never read outside. What parses must be found again
// by locate, and what the fast parser refuses must be explained.
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>

#include "json/document.h"
#include "json/locate.h"
#include "testing/fuzz.h"

namespace {

using layer::json::Path;
using layer::json::Value;

// Locates every value on the way to the last one of each container.
void walk(const Value& value, const Path& path) {
  if (!layer::json::locate(path, layer::json::Edge::kEnd)) {
    std::abort();
  }
  if (value.is_array()) {
    std::size_t index = 0;
    Value last;
    for (const Value item : layer::json::Array(value.get_array())) {
      last = item;
      ++index;
    }
    if (index > 0) {
      walk(last, path.item(index - 1));
    }
  } else if (value.is_object()) {
    for (const auto& [name, member] : layer::json::Object(value.get_object())) {
      if (member.is_array() || member.is_object()) {
        walk(member, path.member(name));
        break;
      }
    }
  }
}

}  // namespace

LAYER_FUZZ_TARGET(json_body_fuzz) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto document = layer::json::Document::parse(text);
  if (!document) {
    if (document.error().message.find(" at line ") == std::string::npos) {
      std::abort();
    }
    return;
  }
  if (document->text() != text) {
    std::abort();
  }
  walk(document->root(), Path(document->text()));
}
