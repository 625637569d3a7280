// A record as a document of a pipeline: its id, its chunks. Thread safety: pure functions. Cost:
// linear in the text.
#pragma once

#include <cstddef>
#include <string>

#include "core/error.h"
#include "sources/records.h"
#include "sources/source_spec.h"

namespace layer::sources {

// A chunk's id is the document's, '#' and a number of up to 4 digits, and is the id of a row, which
// has 64 bytes. A longer id is replaced by 32 hex digits of its SHA-256, and then stands in the
// attribute source_id.
inline constexpr std::size_t kDocumentIdBytesMax = 59;
inline constexpr std::size_t kTextBytesMax = std::size_t{32} << 20U;  // of one document

struct StagedDocument {
  std::string id;
  std::string body;  // {"chunks":[{"id","text","metadata"}]}
  std::size_t chunks = 0;
  std::string hash;  // of all of it: another one means another content
};

// Errors: kInvalidArgument; the record has no id or no text, or too much of it.
Result<StagedDocument> make_document(const Record& record, const SourceSpec& spec);

}  // namespace layer::sources
