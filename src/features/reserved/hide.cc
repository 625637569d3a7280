#include "features/reserved/hide.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "core/text.h"
#include "json/lexer.h"
#include "json/splice.h"
#include "json/unescape.h"
#include "wire/reserved_names.h"

namespace layer::features::reserved {
namespace {

using json::Token;

class QueryEdit {
 public:
  QueryEdit(std::string_view body, std::span<const std::string> names)
      : lexer_(body), names_(names) {}

  // False: not a body to edit.
  bool run() {
    const bool whole = lexer_.next() == Token::kBeginObject && object(true) &&
                       lexer_.next() == Token::kEnd && !edits_.empty();
    std::ranges::sort(edits_, {}, &json::Replacement::begin);
    return whole;
  }
  std::span<const json::Replacement> edits() const { return edits_; }

 private:
  bool object(bool root) {
    std::vector<json::Replacement> edits;
    bool includes = false;
    bool excludes = false;
    for (;;) {
      Token token = lexer_.next();
      if (token == Token::kEndObject) {
        break;
      }
      if (token != Token::kKey) {
        return false;
      }
      const std::size_t key_begin = lexer_.begin();
      const std::size_t key_end = lexer_.end();
      const std::string_view name = json::text_of(lexer_, scratch_);
      const bool include = name == "include_attributes";
      const bool exclude = name == "exclude_attributes";
      const bool queries = root && name == "queries";
      token = lexer_.next();
      includes |= include && token != Token::kNull;
      excludes |= exclude && token != Token::kNull;
      if (include && token == Token::kTrue) {
        edits.push_back({.begin = key_begin, .end = key_end, .text = R"("exclude_attributes")"});
        edits.push_back(
            {.begin = lexer_.begin(), .end = lexer_.end(), .text = "[" + quoted({}) + "]"});
      } else if (token == Token::kBeginArray && (exclude || queries)) {
        if (exclude ? !exclude_list(edits) : !objects()) {
          return false;
        }
      } else if (!pass(token)) {
        return false;
      }
    }
    // Both at once is the caller's mistake, which the store explains.
    if (!(includes && excludes)) {
      edits_.insert(edits_.end(), edits.begin(), edits.end());
    }
    return true;
  }

  bool objects() {
    for (;;) {
      const Token token = lexer_.next();
      if (token == Token::kEndArray) {
        return true;
      }
      if (token == Token::kBeginObject ? !object(false) : !pass(token)) {
        return false;
      }
    }
  }

  bool exclude_list(std::vector<json::Replacement>& edits) {
    std::vector<std::string> listed;
    bool empty = true;
    for (;;) {
      const Token token = lexer_.next();
      if (token == Token::kEndArray) {
        break;
      }
      empty = false;
      if (token == Token::kString) {
        const std::string_view name = json::text_of(lexer_, scratch_);
        if (wire::is_reserved_name(name)) {
          listed.emplace_back(name);
        }
      } else if (!pass(token)) {
        return false;
      }
    }
    const std::string more = quoted(listed);
    if (!more.empty()) {
      edits.push_back(
          {.begin = lexer_.begin(), .end = lexer_.begin(), .text = (empty ? "" : ",") + more});
    }
    return true;
  }

  // The names without those in `listed`, as items of a list.
  std::string quoted(const std::vector<std::string>& listed) const {
    std::string out;
    for (const std::string& name : names_) {
      if (std::ranges::find(listed, name) == listed.end()) {
        out += (out.empty() ? "" : ",") + core::json_string(name);
      }
    }
    return out;
  }

  bool pass(Token token) {
    if (token == Token::kBeginObject || token == Token::kBeginArray) {
      lexer_.skip();
      token = lexer_.next();
    }
    return token != Token::kInvalid;
  }

  json::Lexer lexer_;
  std::span<const std::string> names_;
  std::vector<json::Replacement> edits_;
  std::string scratch_;
};

}  // namespace

std::optional<std::string> hide_in_query(std::string_view body,
                                         std::span<const std::string> names) {
  if (names.empty()) {
    return std::nullopt;
  }
  QueryEdit edit(body, names);
  if (!edit.run()) {
    return std::nullopt;
  }
  return json::replace_ranges(body, edit.edits());
}

std::optional<std::string> hide_in_schema(std::string_view answer) {
  return json::cut_members(answer, wire::is_reserved_name);
}

std::optional<std::string> hide_in_metadata(std::string_view answer) {
  return json::cut_members(answer, wire::is_reserved_name, "schema");
}

}  // namespace layer::features::reserved
