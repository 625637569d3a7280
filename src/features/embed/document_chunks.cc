#include "features/embed/document_chunks.h"

#include <algorithm>

#include "json/document.h"
#include "json/unescape.h"

namespace layer::features::embed {
namespace {

Result<void> add_parts(std::string_view section, std::string_view text,
                       const std::optional<chunking::SplitRule>& rule,
                       const chunking::TokenCount& tokens, std::vector<DocumentChunk>& out) {
  if (!rule) {
    if (text.find_first_not_of(" \t\r\n") != std::string_view::npos) {
      out.push_back({.section = std::string(section), .text = std::string(text)});
    }
    return {};
  }
  LAYER_ASSIGN(const auto parts, chunking::split(text, *rule, tokens));
  for (const std::string_view part : parts) {
    out.push_back({.section = std::string(section), .text = std::string(part)});
  }
  return {};
}

Result<void> add_json_fields(std::string source, const chunking::SectionRule& rule,
                             const chunking::TokenCount& tokens, std::vector<DocumentChunk>& out) {
  const auto document = json::Document::parse(std::move(source));
  json::Object object;
  if (!document || document->root().get(object) != simdjson::SUCCESS) {
    return fail(ErrorCode::kValidation,
                "must be the text of a JSON object, for its jsonFields are its sections");
  }
  for (const std::string& name : rule.json_fields) {
    json::Value value;
    if (object[name].get(value) != simdjson::SUCCESS || value.is_null()) {
      continue;
    }
    std::string_view text;
    LAYER_TRY(add_parts(name,
                        value.get(text) == simdjson::SUCCESS ? std::string(text)
                                                             : std::string(simdjson::minify(value)),
                        rule.split, tokens, out));
  }
  return {};
}

Result<void> add_fields(const std::vector<RowMember>& row, std::string_view body,
                        const chunking::SectionRule& rule, const chunking::TokenCount& tokens,
                        std::vector<DocumentChunk>& out) {
  for (const std::string& name : rule.fields) {
    const auto member = std::ranges::find(row, name, &RowMember::name);
    if (member != row.end() && member->token == json::Token::kString) {
      const std::string_view quoted = member->value.of(body);
      LAYER_TRY(add_parts(name, json::unescape(quoted.substr(1, quoted.size() - 2)), rule.split,
                          tokens, out));
    }
  }
  return {};
}

}  // namespace

Result<std::vector<DocumentChunk>> chunk_document(std::string source,
                                                  const std::vector<RowMember>& row,
                                                  std::string_view body,
                                                  const chunking::ChunkRule& rule,
                                                  const chunking::TokenCount& tokens) {
  std::vector<DocumentChunk> out;
  if (!rule.section) {
    LAYER_TRY(add_parts("", source, rule.split, tokens, out));
  } else if (rule.section->json_fields.empty()) {
    LAYER_TRY(add_fields(row, body, *rule.section, tokens, out));
  } else {
    LAYER_TRY(add_json_fields(std::move(source), *rule.section, tokens, out));
  }
  return out;
}

}  // namespace layer::features::embed
