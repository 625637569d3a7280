#include "features/embed/write_chunks.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/text.h"
#include "features/embed/document_chunks.h"
#include "features/embed/write_texts.h"
#include "json/splice.h"
#include "json/unescape.h"
#include "json/wrong_member.h"
#include "wire/reserved_names.h"

namespace layer::features::embed {
namespace {

using json::Token;

class Expander {
 public:
  Expander(std::string_view body, const Profile& profile, const chunking::TokenCount& tokens)
      : body_(body), profile_(profile), tokens_(tokens), lexer_(body) {}

  Result<std::optional<std::string>> run(bool had_chunks) {
    if (lexer_.next() != Token::kBeginObject) {
      return std::nullopt;
    }
    first_member_ = static_cast<std::size_t>(lexer_.end());
    Token token = lexer_.next();
    for (; more_ && token == Token::kKey; token = more_ ? lexer_.next() : token) {
      LAYER_TRY(operation(std::string(json::text_of(lexer_, scratch_))));
    }
    if (!more_ || token != Token::kEndObject) {
      return std::nullopt;
    }
    LAYER_TRY(check_whole());
    if (had_chunks && !parents_.empty()) {
      drop_old_chunks();
    }
    if (edits_.empty()) {
      return std::nullopt;
    }
    std::ranges::sort(edits_, {}, &json::Replacement::begin);
    return json::replace_ranges(body_, edits_);
  }

 private:
  Result<void> operation(const std::string& name) {
    const Token token = lexer_.next();
    if (name == "upsert_rows" && token == Token::kBeginArray) {
      return rows();
    }
    if (name == "deletes" && token == Token::kBeginArray) {
      return deletes();
    }
    const auto span = span_of(lexer_, token);
    more_ = span.has_value();
    if (!more_ || token == Token::kNull) {
      return {};
    }
    if (name == "upsert_columns") {
      return json::wrong_member(name, fmt::format("\"{}\" is embedded in chunks, which are made of "
                                                  "upsert_rows only",
                                                  profile_.attribute));
    }
    if (name == "delete_by_filter") {
      filter_ = span;
    } else if (name == "upsert_condition" || name == "delete_condition") {
      condition_ = name;
    }
    return {};
  }

  Result<void> rows() {
    for (row_ = 0; more_; ++row_) {
      const Token token = lexer_.next();
      if (token == Token::kEndArray) {
        return {};
      }
      if (token != Token::kBeginObject) {
        break;
      }
      LAYER_TRY(row());
    }
    more_ = false;
    return {};
  }

  Result<void> row() {
    std::vector<RowMember> members;
    Token token = lexer_.next();
    for (; token == Token::kKey; token = lexer_.next()) {
      std::string name(json::text_of(lexer_, scratch_));
      const Token first = lexer_.next();
      const auto span = span_of(lexer_, first);
      if (!span) {
        more_ = false;
        return {};
      }
      members.push_back({.name = std::move(name), .value = *span, .token = first});
    }
    const auto id = std::ranges::find(members, "id", &RowMember::name);
    more_ = token == Token::kEndObject && id != members.end();
    if (!more_) {
      return {};
    }
    if (id->token != Token::kString) {
      return wrong("id",
                   "must be a string, for the document is stored in chunks, whose ids begin "
                   "with it");
    }
    parents_.push_back(id->value.of(body_));
    return chunks(members, text_at(id->value), static_cast<std::size_t>(lexer_.end()));
  }

  std::string text_at(Span quoted) const {
    return json::unescape(body_.substr(quoted.begin + 1, quoted.end - quoted.begin - 2));
  }

  std::unexpected<Error> wrong(std::string_view member, std::string_view problem) const {
    return json::wrong_member(fmt::format("upsert_rows[{}].{}", row_, member), problem);
  }

  Result<void> chunks(const std::vector<RowMember>& members, const std::string& id,
                      std::size_t row_end) {
    const auto source = std::ranges::find(members, profile_.attribute, &RowMember::name);
    if (source == members.end() || source->token == Token::kNull) {
      return {};
    }
    if (source->token != Token::kString) {
      return wrong(profile_.attribute, "is embedded, so it must be a string or null");
    }
    auto made = chunk_document(text_at(source->value), members, body_, *profile_.chunk, tokens_);
    if (!made) {
      return wrong(profile_.attribute, made.error().message);
    }
    chunks_ += made->size();
    if (chunks_ > kInputsMax) {
      return json::wrong_member(
          "upsert_rows",
          fmt::format("makes more than {} chunks; send fewer documents a request", kInputsMax));
    }
    json::Replacement rows{.begin = row_end, .end = row_end};
    std::size_t index = 0;  // within its section
    for (std::size_t i = 0; i < made->size(); ++i) {
      const DocumentChunk& chunk = (*made)[i];
      index = i > 0 && (*made)[i - 1].section == chunk.section ? index + 1 : 0;
      LAYER_TRY(chunk_row(members, id, chunk, index, rows.text));
    }
    if (!rows.text.empty()) {
      edits_.push_back(std::move(rows));
    }
    return {};
  }

  Result<void> chunk_row(const std::vector<RowMember>& members, const std::string& id,
                         const DocumentChunk& chunk, std::size_t index, std::string& out) {
    const std::string chunk_id = chunk.section.empty()
                                     ? fmt::format("{}#{}", id, index)
                                     : fmt::format("{}#{}#{}", id, chunk.section, index);
    if (chunk_id.size() > core::limits::id_bytes_max) {
      return wrong("id", fmt::format("is too long: the id of its chunk \"{}\" has {} bytes, at "
                                     "most {} are stored",
                                     chunk_id, chunk_id.size(), core::limits::id_bytes_max));
    }
    const std::size_t before = out.size();
    out += R"(,{"id":)" + core::json_string(chunk_id);
    for (const RowMember& member : members) {
      const bool replaced =
          member.name == "id" || member.name == profile_.attribute ||
          member.name == profile_.target ||
          (profile_.chunk->section && member.name == profile_.chunk->section->attribute);
      if (!replaced) {
        out += "," + core::json_string(member.name) + ":";
        out += member.value.of(body_);
      }
    }
    if (!chunk.section.empty()) {
      out += "," + core::json_string(profile_.chunk->section->attribute) + ":" +
             core::json_string(chunk.section);
    }
    out += fmt::format(R"(,{}:{},"{}":{},"{}":{}}})", core::json_string(profile_.attribute),
                       core::json_string(chunk.text), wire::kParentAttribute, core::json_string(id),
                       wire::kChunkIndexAttribute, index);
    grown_ += out.size() - before;
    if (body_.size() + grown_ > kChunkedBytesMax) {
      return fail(
          ErrorCode::kPayloadTooLarge,
          fmt::format("with the document's attributes in each chunk the write has more than "
                      "{} bytes; send fewer documents a request",
                      kChunkedBytesMax));
    }
    return {};
  }

  Result<void> deletes() {
    while (more_) {
      const Token token = lexer_.next();
      if (token == Token::kEndArray) {
        return {};
      }
      const auto span = span_of(lexer_, token);
      more_ = span.has_value();
      if (token == Token::kString && span) {
        parents_.push_back(span->of(body_));
      }
    }
    return {};
  }

  Result<void> check_whole() const {
    if (parents_.size() > kParentsMax) {
      return json::wrong_member(
          row_ > 0 ? "upsert_rows" : "deletes",
          fmt::format("\"{}\" is embedded in chunks: at most {} documents are written or deleted "
                      "in one request",
                      profile_.attribute, kParentsMax));
    }
    if (!condition_.empty() && !parents_.empty()) {
      return json::wrong_member(condition_,
                                fmt::format("\"{}\" is embedded in chunks, which are written and "
                                            "deleted whatever the condition",
                                            profile_.attribute));
    }
    return {};
  }

  void drop_old_chunks() {
    const std::string ours =
        fmt::format(R"(["{}","In",[{}]])", wire::kParentAttribute, fmt::join(parents_, ","));
    if (filter_) {
      edits_.push_back({.begin = filter_->begin,
                        .end = filter_->end,
                        .text = fmt::format(R"(["Or",[{},{}]])", filter_->of(body_), ours)});
    } else {
      edits_.push_back({.begin = first_member_,
                        .end = first_member_,
                        .text = fmt::format(R"("delete_by_filter":{},)", ours)});
    }
  }

  const std::string_view body_;
  const Profile& profile_;
  const chunking::TokenCount& tokens_;
  json::Lexer lexer_;
  std::string scratch_;
  bool more_ = true;  // the body has kept the shape of a write so far
  std::size_t first_member_ = 0;
  std::size_t row_ = 0;
  std::size_t chunks_ = 0;
  std::size_t grown_ = 0;
  std::vector<std::string_view> parents_;  // JSON texts of ids
  std::optional<Span> filter_;
  std::string condition_;
  std::vector<json::Replacement> edits_;
};

}  // namespace

Result<std::optional<std::string>> expand_chunks(std::string_view body, const Profile& profile,
                                                 const chunking::TokenCount& tokens,
                                                 bool had_chunks) {
  return Expander(body, profile, tokens).run(had_chunks);
}

}  // namespace layer::features::embed
