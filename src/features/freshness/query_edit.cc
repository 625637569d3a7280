#include "features/freshness/query_edit.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include <fmt/format.h>

#include "core/text.h"
#include "json/lexer.h"
#include "json/splice.h"
#include "json/unescape.h"

namespace layer::features::freshness {
namespace {

using json::Token;

constexpr std::array<std::string_view, 3> kTimeFields{"as_of", "written_before", "between"};
// Ids are never null, so no row matches.
constexpr std::string_view kNothing = R"(["id","In",[]])";

bool is_time_field(std::string_view name) {
  return std::ranges::find(kTimeFields, name) != kTimeFields.end();
}

// Passes the value whose first token was read; its end is lexer.end(). False: no JSON.
bool pass(json::Lexer& lexer, Token token) {
  if (token == Token::kBeginObject || token == Token::kBeginArray) {
    lexer.skip();
    token = lexer.next();
  }
  return token != Token::kInvalid && token != Token::kEnd;
}

// The time fields of the body, and the first member of `queries` that has one.
class TimeFields {
 public:
  explicit TimeFields(std::string_view body) : body_(body), lexer_(body) {
    if (lexer_.next() == Token::kBeginObject) {
      object(true);
    }
  }
  std::array<std::string, kTimeFields.size()> values{};
  std::optional<std::size_t> leg{};
  std::string_view leg_field{};

 private:
  bool object(bool root) {
    while (lexer_.next() == Token::kKey) {
      const std::string name(json::text_of(lexer_, scratch_));
      const Token token = lexer_.next();
      const std::size_t begin = lexer_.begin();
      if (root && name == "queries" && token == Token::kBeginArray) {
        if (!legs()) {
          return false;
        }
        continue;
      }
      if (!pass(lexer_, token)) {
        return false;
      }
      const auto* const field = std::ranges::find(kTimeFields, name);
      if (field == kTimeFields.end() || token == Token::kNull) {
        continue;
      }
      if (root) {
        values.at(static_cast<std::size_t>(field - kTimeFields.begin())) =
            body_.substr(begin, lexer_.end() - begin);
      } else if (!leg) {
        leg = at_leg_;
        leg_field = *field;
      }
    }
    return true;
  }

  bool legs() {
    for (at_leg_ = 0;; ++at_leg_) {
      const Token token = lexer_.next();
      if (token == Token::kEndArray) {
        return true;
      }
      if (token == Token::kBeginObject ? !object(false) : !pass(lexer_, token)) {
        return false;
      }
    }
  }

  std::string_view body_;
  json::Lexer lexer_;
  std::size_t at_leg_ = 0;
  std::string scratch_;
};

class Splice {
 public:
  Splice(std::string_view body, const QueryEdit& edit) : lexer_(body) {
    time_ = edit.time_text();
    cut_ = edit.cut_text();
    if (edit.level) {
      level_ = *edit.level == ReadLevel::kEventual ? R"("eventual")" : R"("strong")";
    }
    if (lexer_.next() == Token::kBeginObject) {
      object(true);
    }
    std::ranges::sort(edits_, {}, &json::Replacement::begin);
  }
  const std::vector<json::Replacement>& edits() const { return edits_; }

 private:
  // What is found in one object.
  struct Found {
    std::size_t begin = 0;  // after its brace
    bool empty = true;
    bool filters = false;
    bool consistency = false;
    bool queries = false;
  };

  bool object(bool root) {
    Found found{.begin = lexer_.end()};
    while (lexer_.next() == Token::kKey) {
      found.empty = false;
      if (!member(found, root)) {
        return false;
      }
    }
    std::vector<std::string> missing;
    if (root && !found.consistency && !level_.empty()) {
      missing.push_back(R"("consistency":{"level":)" + level_ + "}");
    }
    if (!found.filters && !(root && found.queries) && !(time_.empty() && cut_.empty())) {
      missing.push_back(R"("filters":)" + all_of({time_, cut_}));
    }
    if (!missing.empty()) {
      insert(found.begin, fmt::format("{}{}", fmt::join(missing, ","), found.empty ? "" : ","));
    }
    return true;
  }

  bool member(Found& found, bool root) {
    const std::string name(json::text_of(lexer_, scratch_));
    const Token token = lexer_.next();
    const std::size_t begin = lexer_.begin();
    if (root && name == "queries" && token == Token::kBeginArray) {
      found.queries = true;
      return legs();
    }
    if (name == "consistency" && token == Token::kBeginObject) {
      found.consistency = true;
      return consistency(root);
    }
    if (!pass(lexer_, token)) {
      return false;
    }
    if (name == "consistency" && root && !level_.empty()) {
      found.consistency = true;
      replace(begin, R"({"level":)" + level_ + "}");
    } else if (name == "filters") {
      found.filters = true;
      filters(begin, token == Token::kNull);
    }
    return true;
  }

  bool legs() {
    for (;;) {
      const Token token = lexer_.next();
      if (token == Token::kEndArray) {
        return true;
      }
      if (token == Token::kBeginObject ? !object(false) : !pass(lexer_, token)) {
        return false;
      }
    }
  }

  void filters(std::size_t begin, bool is_null) {
    if (time_.empty() && cut_.empty()) {
      return;
    }
    if (is_null) {
      replace(begin, all_of({time_, cut_}));
      return;
    }
    std::string before;
    std::string after;
    for (const std::string& filter : {time_, cut_}) {
      if (!filter.empty()) {
        before += R"(["And",[)";
        after += "," + filter + "]]";
      }
    }
    const std::size_t end = lexer_.end();
    insert(begin, std::move(before));
    insert(end, std::move(after));
  }

  bool consistency(bool root) {
    const std::size_t begin = lexer_.end();
    bool empty = true;
    bool named = false;
    while (lexer_.next() == Token::kKey) {
      empty = false;
      const bool is_level = json::text_of(lexer_, scratch_) == "level";
      const Token token = lexer_.next();
      const std::size_t value = lexer_.begin();
      if (!pass(lexer_, token)) {
        return false;
      }
      if (is_level && !level_.empty()) {
        named = true;
        replace(value, level_);
      }
    }
    if (root && !named && !level_.empty()) {
      insert(begin, R"("level":)" + level_ + (empty ? "" : ","));
    }
    return true;
  }

  // From `begin` to the end of the token just read.
  void replace(std::size_t begin, std::string text) {
    edits_.push_back({.begin = begin, .end = lexer_.end(), .text = std::move(text)});
  }
  void insert(std::size_t at, std::string text) {
    edits_.push_back({.begin = at, .end = at, .text = std::move(text)});
  }

  json::Lexer lexer_;
  std::string time_;
  std::string cut_;
  std::string level_;
  std::vector<json::Replacement> edits_;
  std::string scratch_;
};

}  // namespace

Result<TimeRange> time_range_of(std::string_view body) {
  const TimeFields found(body);
  if (found.leg) {
    const std::string field = fmt::format("queries[{}].{}", *found.leg, found.leg_field);
    const std::string problem = "a time range stands beside queries and holds for all of them";
    return std::unexpected(Error{
        .code = ErrorCode::kValidation,
        .message = fmt::format("{}: {}", field, problem),
        .fields = {{.name = "details",
                    .value = fmt::format(R"([{{"field":{},"problem":{}}}])",
                                         core::json_string(field), core::json_string(problem)),
                    .json = true}}});
  }
  return parse_time_range(found.values[0], found.values[1], found.values[2]);
}

std::string QueryEdit::time_text() const {
  if (!without_stamps) {
    return time_filter(range);
  }
  return std::string(range.after_ms ? kNothing : std::string_view{});
}

std::string QueryEdit::cut_text() const {
  return cut_ms && !without_stamps ? cut_filter(*cut_ms) : "";
}

std::string edit_query(std::string_view body, const QueryEdit& edit) {
  const auto cut = json::cut_members(body, is_time_field);
  const std::string_view text = cut ? std::string_view(*cut) : body;
  const Splice splice(text, edit);
  return json::replace_ranges(text, splice.edits());
}

}  // namespace layer::features::freshness
