#include "features/legs/answer_lists.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "features/namespaces/slices.h"
#include "json/splice.h"
#include "json/unescape.h"

namespace layer::features::legs {
namespace {

using json::Token;
using namespaces::Slice;

std::unexpected<Error> unusable() {
  return fail(ErrorCode::kUpstream, "the store's answer to a ranked query is not one of rows");
}

class Reader {
 public:
  Reader(std::string_view text, std::span<const ListShape> shapes, bool multi,
         std::optional<wire::IdType> ids)
      : text_(text), shapes_(shapes), multi_(multi), ids_(ids), lexer_(text) {}

  Result<AnswerLists> run() {
    if (lexer_.next() != Token::kBeginObject) {
      return unusable();
    }
    Token token = lexer_.next();
    for (; token == Token::kKey; token = lexer_.next()) {
      LAYER_TRY(read_member());
    }
    if (token != Token::kEndObject || out_.lists.size() != shapes_.size()) {
      return unusable();
    }
    return std::move(out_);
  }

 private:
  Result<void> read_member() {
    const std::string_view name = lexer_.raw();
    if (name == "rows" && !multi_ && out_.lists.empty()) {
      return read_rows();
    }
    if (name == "results" && multi_ && out_.lists.empty()) {
      return read_results();
    }
    std::string* const kept = name == "billing"       ? &out_.billing
                              : name == "performance" ? &out_.performance
                                                      : nullptr;
    const Slice value = namespaces::next_value(lexer_);
    if (!value.is_value()) {
      return unusable();
    }
    if (kept != nullptr && value.token == Token::kBeginObject) {
      *kept = value.of(text_);
    }
    return {};
  }

  Result<void> read_results() {
    if (lexer_.next() != Token::kBeginArray) {
      return unusable();
    }
    Token token = lexer_.next();
    for (; token == Token::kBeginObject; token = lexer_.next()) {
      LAYER_TRY(read_result());
    }
    return token == Token::kEndArray ? Result<void>() : unusable();
  }

  Result<void> read_result() {
    const std::size_t lists = out_.lists.size();
    Token token = lexer_.next();
    for (; token == Token::kKey; token = lexer_.next()) {
      if (lexer_.raw() == "rows" && out_.lists.size() == lists) {
        LAYER_TRY(read_rows());
      } else if (!namespaces::next_value(lexer_).is_value()) {
        return unusable();
      }
    }
    return token == Token::kEndObject && out_.lists.size() > lists ? Result<void>() : unusable();
  }

  Result<void> read_rows() {
    if (lexer_.next() != Token::kBeginArray || out_.lists.size() >= shapes_.size()) {
      return unusable();
    }
    const ListShape& shape = shapes_[out_.lists.size()];
    std::vector<RankedRow> rows;
    Token token = lexer_.next();
    for (; token == Token::kBeginObject; token = lexer_.next()) {
      LAYER_TRY(read_row(shape, rows));
    }
    if (token != Token::kEndArray) {
      return unusable();
    }
    out_.lists.push_back(std::move(rows));
    return {};
  }

  Result<void> read_row(const ListShape& shape, std::vector<RankedRow>& rows) {
    const std::size_t begin = lexer_.begin();
    RankedRow row;
    bool has_id = false;
    if (shape.order != nullptr) {
      row.keys.resize(shape.order->clauses.size());
    }
    Token token = lexer_.next();
    for (; token == Token::kKey; token = lexer_.next()) {
      const std::string name(json::text_of(lexer_, scratch_));
      const Slice value = namespaces::next_value(lexer_);
      if (!value.is_value()) {
        return unusable();
      }
      const std::string_view text = value.of(text_);
      if (name == "id") {
        LAYER_ASSIGN(row.id, read_id(text));
        has_id = true;
      } else if (name == "$dist") {
        row.dist = read_dist(text);
      } else if (shape.order != nullptr) {
        keep_keys(*shape.order, name, text, row);
      }
    }
    if (token != Token::kEndObject || !has_id) {
      return unusable();
    }
    row.text = without(shape, text_.substr(begin, lexer_.end() - begin));
    rows.push_back(std::move(row));
    return {};
  }

  static std::string without(const ListShape& shape, std::string_view row) {
    if (shape.cut.empty()) {
      return std::string(row);
    }
    auto cut = json::cut_members(row, [&](std::string_view name) {
      return std::ranges::find(shape.cut, name) != shape.cut.end();
    });
    return cut ? std::move(*cut) : std::string(row);
  }

  static void keep_keys(const RankOrder& order, std::string_view name, std::string_view text,
                        RankedRow& row) {
    for (std::size_t i = 0; i < order.clauses.size(); ++i) {
      if (order.clauses[i].attribute == name) {
        row.keys[i] = order_value(text);
      }
    }
  }

  static std::optional<double> read_dist(std::string_view text) {
    double dist = 0;
    const auto [rest, fault] = std::from_chars(text.data(), text.data() + text.size(), dist);
    return fault == std::errc() ? std::optional(dist) : std::nullopt;
  }

  Result<wire::Id> read_id(std::string_view text) {
    if (text.front() == '"') {
      std::string id = namespaces::string_of(text);
      if (ids_ == wire::IdType::kUuid) {
        if (auto uuid = wire::parse_uuid(id)) {
          return *uuid;
        }
      }
      return id;
    }
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, fault] = std::from_chars(text.data(), end, number);
    if (rest != end || fault != std::errc()) {
      return unusable();
    }
    return number;
  }

  std::string_view text_;
  std::span<const ListShape> shapes_;
  const bool multi_;
  const std::optional<wire::IdType> ids_;
  json::Lexer lexer_;
  std::string scratch_;
  AnswerLists out_;
};

}  // namespace

Result<AnswerLists> read_lists(std::string_view answer, std::span<const ListShape> shapes,
                               bool multi, std::optional<wire::IdType> ids) {
  return Reader(answer, shapes, multi, ids).run();
}

}  // namespace layer::features::legs
