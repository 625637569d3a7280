#include "features/documents/answer_rows.h"

#include <charconv>
#include <optional>
#include <string>

#include "json/lexer.h"
#include "json/unescape.h"
#include "wire/reserved_names.h"

namespace layer::features::documents {
namespace {

using json::Lexer;
using json::Token;

std::unexpected<Error> unusable() {
  return fail(ErrorCode::kUpstream, "the store's answer to a query by id is not one of rows");
}

// How the value that follows is written, as far as vectors are told by it.
enum class Written : std::uint8_t { kPlain, kObject, kNumbers, kArrays };

// Passes over one value. nullopt: it is none.
std::optional<Written> pass_value(Lexer& lexer) {
  switch (lexer.next()) {
    case Token::kString:
    case Token::kNumber:
    case Token::kTrue:
    case Token::kFalse:
    case Token::kNull:
      return Written::kPlain;
    case Token::kBeginObject:
      lexer.skip();
      return lexer.next() == Token::kEndObject ? std::optional(Written::kObject) : std::nullopt;
    case Token::kBeginArray:
      break;
    default:
      return std::nullopt;
  }
  Written written = Written::kPlain;
  switch (lexer.next()) {
    case Token::kEndArray:
      return written;
    case Token::kNumber:
      written = Written::kNumbers;
      break;
    case Token::kBeginArray:
      written = Written::kArrays;
      lexer.skip();
      lexer.next();
      break;
    case Token::kBeginObject:
      lexer.skip();
      lexer.next();
      break;
    case Token::kInvalid:
    case Token::kEnd:
    case Token::kNeedMore:
      return std::nullopt;
    default:
      break;
  }
  lexer.skip();
  return lexer.next() == Token::kEndArray ? std::optional(written) : std::nullopt;
}

Result<wire::Id> read_row_id(Lexer& lexer, wire::IdType type) {
  std::string scratch;
  const Token token = lexer.next();
  if (type == wire::IdType::kUint) {
    std::uint64_t number = 0;
    const std::string_view digits = lexer.raw();
    const char* const end = digits.data() + digits.size();
    const auto [rest, fault] = std::from_chars(digits.data(), end, number);
    if (token != Token::kNumber || rest != end || fault != std::errc()) {
      return unusable();
    }
    return number;
  }
  if (token != Token::kString) {
    return unusable();
  }
  const std::string_view text = json::text_of(lexer, scratch);
  if (type == wire::IdType::kString) {
    return std::string(text);
  }
  const auto uuid = wire::parse_uuid(text);
  if (!uuid) {
    return unusable();
  }
  return *uuid;
}

class Cutter {
 public:
  Cutter(std::string_view text, const Shape& shape, Keep keep)
      : text_(text), shape_(shape), vectors_(keep == Keep::kVectors), lexer_(text) {}

  Result<AnswerRows> run() {
    if (lexer_.next() != Token::kBeginObject) {
      return unusable();
    }
    bool found = false;
    Token token = lexer_.next();
    for (; token == Token::kKey; token = lexer_.next()) {
      if (lexer_.raw() == "rows" && !found) {
        found = true;
        LAYER_TRY(read_rows());
      } else if (!pass_value(lexer_)) {
        return unusable();
      }
    }
    if (!found || token != Token::kEndObject || lexer_.next() != Token::kEnd) {
      return unusable();
    }
    return std::move(out_);
  }

 private:
  Result<void> read_rows() {
    if (lexer_.next() != Token::kBeginArray) {
      return unusable();
    }
    Token token = lexer_.next();
    for (; token == Token::kBeginObject; token = lexer_.next()) {
      LAYER_TRY(read_row());
    }
    return token == Token::kEndArray ? Result<void>() : unusable();
  }

  // Members that follow each other and are kept are copied as one piece.
  Result<void> read_row() {
    std::optional<wire::Id> id;
    auto attributes = std::make_shared<std::string>("{");
    std::size_t piece = 0;
    std::size_t piece_end = 0;
    const auto end_piece = [&] {
      if (piece_end > piece) {
        *attributes += attributes->size() > 1 ? "," : "";
        *attributes += text_.substr(piece, piece_end - piece);
      }
      piece_end = piece;
    };
    Token token = lexer_.next();
    for (; token == Token::kKey; token = lexer_.next()) {
      const std::size_t begin = lexer_.begin();
      const std::string_view name = json::text_of(lexer_, scratch_);
      if (name == "id") {
        end_piece();
        LAYER_ASSIGN(id, read_row_id(lexer_, shape_.id_type()));
        continue;
      }
      const bool declared = !name.starts_with('$') && (vectors_ || !shape_.is_vector(name));
      const bool known =
          vectors_ || !declared || shape_.knows(name) || wire::is_reserved_name(name);
      const auto written = pass_value(lexer_);
      if (!written) {
        return unusable();
      }
      out_.shape_is_old |= !known && *written == Written::kNumbers;
      const bool vector = *written == Written::kObject || *written == Written::kArrays;
      if (!declared || (vector && !vectors_)) {
        end_piece();
        continue;
      }
      piece = piece_end > piece ? piece : begin;
      piece_end = lexer_.end();
    }
    if (token != Token::kEndObject || !id) {
      return unusable();
    }
    end_piece();
    *attributes += '}';
    attributes->shrink_to_fit();
    out_.rows.push_back({.id = std::move(*id), .attributes = std::move(attributes)});
    return {};
  }

  std::string_view text_;
  const Shape& shape_;
  const bool vectors_;
  Lexer lexer_;
  std::string scratch_;
  AnswerRows out_;
};

}  // namespace

Result<AnswerRows> cut_rows(std::string_view answer, const Shape& shape, Keep keep) {
  return Cutter(answer, shape, keep).run();
}

}  // namespace layer::features::documents
