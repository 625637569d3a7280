#include "features/capture/answer_rows.h"

#include <algorithm>
#include <utility>

#include "features/namespaces/slices.h"
#include "json/lexer.h"
#include "json/unescape.h"

namespace layer::features::capture {
namespace {

namespace namespaces = features::namespaces;
using json::Lexer;
using json::Token;

void add_id(std::vector<std::string>& ids, std::string_view id) {
  if (ids.size() < kTopIdsMax && std::ranges::find(ids, id) == ids.end() && json::is_utf8(id)) {
    ids.emplace_back(id);
  }
}

bool is_scalar(Token token) {
  return token == Token::kString || token == Token::kNumber;
}

// One pass; every function returns false where the text ends too early.
class Pass {
 public:
  explicit Pass(std::string_view text) : text_(text), lexer_(text) {}

  // Calls `row()` after the beginning of each row of the array that comes next; it reads up to the
  // row's end.
  template <class Row>
  bool rows(Row row) {
    if (lexer_.next() != Token::kBeginArray) {
      return true;  // not rows: what it is was read
    }
    return rows_inside(row);
  }
  template <class Row>
  bool rows_inside(Row row) {
    while (true) {
      switch (lexer_.next()) {
        case Token::kBeginObject:
          if (!row()) {
            return false;
          }
          break;
        case Token::kEndArray:
          return true;
        case Token::kInvalid:
        case Token::kEnd:
        case Token::kNeedMore:
          return false;
        case Token::kBeginArray:
          if (!end()) {
            return false;
          }
          break;
        default:
          break;
      }
    }
  }

  // Passes the rest of the innermost container.
  bool end() {
    lexer_.skip();
    const Token token = lexer_.next();
    return token == Token::kEndObject || token == Token::kEndArray;
  }

  // Calls `member(name)` for each member of the object that has begun until it returns false; the
  // rest is passed. `member` reads the value.
  template <class Member>
  bool members(Member member) {
    while (true) {
      const Token token = lexer_.next();
      if (token == Token::kEndObject) {
        return true;
      }
      if (token != Token::kKey) {
        return false;
      }
      const std::string_view name = json::text_of(lexer_, scratch_);
      switch (member(name)) {
        case Next::kMore:
          break;
        case Next::kEnough:
          return end();
        case Next::kBroken:
          return false;
      }
    }
  }
  enum class Next : std::uint8_t { kMore, kEnough, kBroken };

  // The value that comes next, passed; empty where the text ends.
  std::string_view value() {
    const namespaces::Slice slice = namespaces::next_value(lexer_);
    last_ = slice.token;
    return slice.is_value() ? slice.of(text_) : std::string_view{};
  }
  Token last() const { return last_; }
  Token next() { return lexer_.next(); }
  bool whole() { return lexer_.next() == Token::kEnd; }

 private:
  std::string_view text_;
  Lexer lexer_;
  std::string scratch_;
  Token last_ = Token::kInvalid;
};

using Next = Pass::Next;

// Reads one row as far as its id.
bool read_row(Pass& pass, std::vector<std::string>& ids) {
  if (ids.size() >= kTopIdsMax) {
    return pass.end();
  }
  return pass.members([&](std::string_view name) {
    const bool is_id = name == "id";
    const std::string_view value = pass.value();
    if (value.empty()) {
      return Next::kBroken;
    }
    if (is_id && is_scalar(pass.last())) {
      add_id(ids, value);
    }
    return is_id ? Next::kEnough : Next::kMore;
  });
}

bool read_member(Pass& pass, std::string_view name, AnswerRows& out) {
  const auto row = [&] {
    ++out.count;
    return read_row(pass, out.top_ids);
  };
  if (name == "rows") {
    return pass.rows(row);
  }
  if (name == "aggregation_groups") {
    return pass.rows([&] {
      ++out.count;
      return pass.end();
    });
  }
  const bool aggregates = name == "aggregations";
  std::string* const echo = name == "hybrid"    ? &out.hybrid
                            : name == "routing" ? &out.routing
                                                : nullptr;
  const std::string_view value = pass.value();
  if (echo != nullptr) {
    *echo = value;
  }
  out.count += aggregates ? 1 : 0;
  return !value.empty();
}

bool read_answer(Pass& pass, AnswerRows& out) {
  return pass.members([&](std::string_view name) {
    bool read = true;
    if (name == "results") {
      read = pass.rows([&] {
        return pass.members([&](std::string_view part) {
          return read_member(pass, part, out) ? Next::kMore : Next::kBroken;
        });
      });
    } else {
      read = read_member(pass, name, out);
    }
    return read ? Next::kMore : Next::kBroken;
  });
}

NamespaceRows& rows_of(FederatedRows& out, std::string ns) {
  const auto found = std::ranges::find(out.namespaces, ns, &NamespaceRows::ns);
  return found != out.namespaces.end()
             ? *found
             : out.namespaces.emplace_back(NamespaceRows{.ns = std::move(ns)});
}

bool read_federated_row(Pass& pass, FederatedRows& out) {
  std::string ns;
  std::string_view id;
  const bool whole = pass.members([&](std::string_view name) {
    const bool is_ns = name == "$namespace";
    const bool is_id = name == "id";
    const std::string_view value = pass.value();
    if (value.empty()) {
      return Next::kBroken;
    }
    if (is_ns) {
      ns = namespaces::string_of(value);
    } else if (is_id && is_scalar(pass.last())) {
      id = value;
    }
    return !ns.empty() && !id.empty() ? Next::kEnough : Next::kMore;
  });
  if (!ns.empty()) {
    NamespaceRows& rows = rows_of(out, std::move(ns));
    ++rows.count;
    if (!id.empty()) {
      add_id(rows.top_ids, id);
    }
  }
  return whole;
}

// What the answer says of one of the namespaces that were asked.
bool read_searched(Pass& pass, std::vector<std::string>& searched) {
  return pass.members([&](std::string_view name) {
    const bool is_ns = name == "namespace";
    const std::string_view value = pass.value();
    if (is_ns && searched.size() < kSearchedMax) {
      if (std::string ns = namespaces::string_of(value); !ns.empty()) {
        searched.push_back(std::move(ns));
      }
    }
    return value.empty() ? Next::kBroken : is_ns ? Next::kEnough : Next::kMore;
  });
}

}  // namespace

AnswerRows read_rows(std::string_view text) {
  AnswerRows out;
  Pass pass(text);
  const Token first = pass.next();
  bool read = false;
  if (first == Token::kBeginArray) {
    read = pass.rows_inside([&] {
      ++out.count;
      return read_row(pass, out.top_ids);
    });
  } else if (first == Token::kBeginObject) {
    read = read_answer(pass, out);
  }
  out.truncated = !read || !pass.whole();
  return out;
}

bool is_deferred(std::string_view answer) {
  const std::string_view routing = namespaces::raw_member(answer, "routing");
  return !routing.empty() && namespaces::raw_member(routing, "executed") == "false";
}

FederatedRows read_federated_rows(std::string_view text) {
  FederatedRows out;
  Pass pass(text);
  bool read = false;
  if (pass.next() == Token::kBeginObject) {
    read = pass.members([&](std::string_view name) {
      if (name == "rows") {
        return pass.rows([&] { return read_federated_row(pass, out); }) ? Next::kMore
                                                                        : Next::kBroken;
      }
      if (name == "namespaces") {
        return pass.rows([&] { return read_searched(pass, out.searched); }) ? Next::kMore
                                                                            : Next::kBroken;
      }
      std::string* const echo = name == "hybrid"    ? &out.hybrid
                                : name == "routing" ? &out.routing
                                                    : nullptr;
      const std::string_view value = pass.value();
      if (echo != nullptr) {
        *echo = value;
      }
      return value.empty() ? Next::kBroken : Next::kMore;
    });
  }
  out.truncated = !read || !pass.whole();
  return out;
}

std::vector<std::string> read_document_ids(std::string_view text) {
  std::vector<std::string> ids;
  Pass pass(text);
  if (pass.next() != Token::kBeginObject) {
    return ids;
  }
  pass.members([&](std::string_view name) {
    if (name == "documents") {
      const bool read = pass.rows([&] {
        std::vector<std::string> id;
        const bool whole = read_row(pass, id);
        std::ranges::move(id, std::back_inserter(ids));
        return whole;
      });
      return read ? Next::kEnough : Next::kBroken;
    }
    const bool is_id = name == "id";
    const std::string_view value = pass.value();
    if (is_id && is_scalar(pass.last()) && json::is_utf8(value)) {
      ids.emplace_back(value);
    }
    return value.empty() ? Next::kBroken : is_id ? Next::kEnough : Next::kMore;
  });
  return ids;
}

}  // namespace layer::features::capture
