// The chunks of one document (rule EM8 of the contract). Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "features/chunking/chunk_rule.h"
#include "features/chunking/split.h"
#include "features/embed/json_spans.h"

namespace layer::features::embed {

// A member of a row as it stands in a body.
struct RowMember {
  std::string name;
  Span value{};
  json::Token token = json::Token::kNull;
};

struct DocumentChunk {
  std::string section{};  // empty: the document has none
  std::string text;
};

// `source` is the text that is embedded; `row` are the members of its row in `body`, for sections
// that are attributes. Errors: kValidation without the place: the source of sections is no JSON
// object, more than chunking::kChunksMax chunks of a part.
Result<std::vector<DocumentChunk>> chunk_document(std::string source,
                                                  const std::vector<RowMember>& row,
                                                  std::string_view body,
                                                  const chunking::ChunkRule& rule,
                                                  const chunking::TokenCount& tokens);

}  // namespace layer::features::embed
