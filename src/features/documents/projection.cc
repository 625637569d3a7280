#include "features/documents/projection.h"

#include "json/lexer.h"
#include "json/unescape.h"
#include "wire/reserved_names.h"

namespace layer::features::documents {
namespace {

using json::Lexer;
using json::Token;

bool is_value(Token token) {
  switch (token) {
    case Token::kString:
    case Token::kNumber:
    case Token::kTrue:
    case Token::kFalse:
    case Token::kNull:
    case Token::kEndObject:
    case Token::kEndArray:
      return true;
    default:
      return false;
  }
}

// Passes over one value; false: it is none.
bool pass_value(Lexer& lexer) {
  Token token = lexer.next();
  if (token == Token::kEndObject || token == Token::kEndArray) {
    return false;
  }
  if (token == Token::kBeginObject || token == Token::kBeginArray) {
    lexer.skip();
    token = lexer.next();
  }
  return is_value(token);
}

// A row that holds no reserved attribute does not have this either; one that has it in a text is
// read member by member.
bool may_hold_reserved(std::string_view row) {
  return row.find(wire::kReservedPrefix) != std::string_view::npos ||
         row.find('\\') != std::string_view::npos;
}

}  // namespace

bool Projection::wants(std::string_view name) const {
  return all_ ? !wire::is_reserved_name(name) : names_.contains(name);
}

bool Projection::append(std::string& out, std::string_view row) const {
  if (all_ && !may_hold_reserved(row)) {
    out += row;
    return true;
  }
  const std::size_t begin = out.size();
  Lexer lexer(row);
  Token token = lexer.next();
  if (token != Token::kBeginObject) {
    return false;
  }
  std::string scratch;
  std::size_t piece = 0;
  std::size_t piece_end = 0;
  out += '{';
  const auto end_piece = [&] {
    if (piece_end > piece) {
      out += out.size() > begin + 1 ? "," : "";
      out += row.substr(piece, piece_end - piece);
    }
    piece_end = piece;
  };
  for (token = lexer.next(); token == Token::kKey; token = lexer.next()) {
    const std::size_t at = lexer.begin();
    const bool wanted = wants(json::text_of(lexer, scratch));
    if (!pass_value(lexer)) {
      break;
    }
    if (!wanted) {
      end_piece();
      continue;
    }
    piece = piece_end > piece ? piece : at;
    piece_end = lexer.end();
  }
  if (token != Token::kEndObject || lexer.next() != Token::kEnd) {
    out.resize(begin);
    return false;
  }
  end_piece();
  out += '}';
  return true;
}

}  // namespace layer::features::documents
