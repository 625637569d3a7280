// Text into documents. YAML may hold several, separated by "---"; JSON holds one. Reading goes on
// after a document that cannot be read, so that every mistake of a file is found.
// Thread safety: pure functions. Cost: linear in the text; memory is bounded by limits.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "resources/mistake.h"
#include "resources/node.h"

namespace layer::resources {

enum class TextFormat : std::uint8_t { kYaml, kJson };
// By the ending of a file's name: JSON for ".json".
TextFormat format_of(std::string_view file);

struct Documents {
  std::vector<Node> roots;  // empty documents left out
  // Not empty: the file does not parse. Reason ParseError.
  Mistakes mistakes;
};

Documents read_text(std::string_view text, TextFormat format, const std::string& file);

}  // namespace layer::resources
