#include "features/search/layer_query.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include <fmt/format.h>

#include "core/text.h"
#include "features/freshness/query_edit.h"
#include "features/namespaces/slices.h"
#include "features/search/word_query.h"
#include "json/wrong_member.h"

namespace layer::features::search {
namespace {

using json::Token;
using json::wrong_member;
using namespaces::Member;

// Members whose answer is no list of rows, or whose place in the list the gateway decides.
constexpr std::array<std::string_view, 5> kOtherAnswers{"aggregate_by", "group_by", "rerank_by",
                                                        "offset", "queries"};
// Consumed by whoever asks: the level and the range of times.
constexpr std::array<std::string_view, 4> kBounds{"consistency", "as_of", "written_before",
                                                  "between"};

bool is_in(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

Result<std::size_t> read_rows(std::string_view name, std::string_view text) {
  std::size_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, fault] = std::from_chars(text.data(), end, value);
  if (rest != end || fault != std::errc() || value < 1 || value > kRowsMax) {
    return wrong_member(name, fmt::format("expected an integer from 1 to {}", kRowsMax));
  }
  return value;
}

Result<bool> read_flag(const Member& member) {
  if (member.value.token != Token::kTrue && member.value.token != Token::kFalse) {
    return wrong_member(member.name, "expected true or false");
  }
  return member.value.token == Token::kTrue;
}

// A number, or {"total":number}.
Result<std::size_t> read_limit(std::string_view text, Token token) {
  if (token != Token::kBeginObject) {
    return read_rows("limit", text);
  }
  const auto members = namespaces::members_of(text);
  if (members.size() != 1 || members.front().name != "total") {
    return wrong_member("limit", "only a total goes with the gateway's own query fields");
  }
  return read_rows("limit.total", members.front().value.of(text));
}

class Reader {
 public:
  explicit Reader(std::string_view body) : body_(body) {}

  Result<LayerQuery> read() {
    for (const Member& member : namespaces::members_of(body_)) {
      if (member.name == "cursor") {
        LAYER_TRY(cursor(member));
      } else if (member.value.token != Token::kNull && !is_in(kBounds, member.name)) {
        LAYER_TRY(one(member));
      }
    }
    LAYER_TRY(check());
    LAYER_ASSIGN(query_.range, freshness::time_range_of(body_));
    query_.fingerprint = fingerprint_of(body_);
    return std::move(query_);
  }

 private:
  Result<void> cursor(const Member& member) {
    query_.paged = true;
    if (member.value.token == Token::kString) {
      query_.cursor = namespaces::string_of(member.value.of(body_));
    } else if (member.value.token != Token::kNull) {
      return wrong_member("cursor", "expected a text, or null for the first page");
    }
    return {};
  }

  Result<void> one(const Member& member) {
    const std::string_view name = member.name;
    const std::string_view text = member.value.of(body_);
    if (is_in(kOtherAnswers, name)) {
      return wrong_member(name, "does not go with the gateway's own query fields");
    }
    if (name == "vector_attribute") {
      query_.vector_attribute = namespaces::string_of(text);
      return query_.vector_attribute.empty() ? wrong_member(name, "expected the attribute's name")
                                             : Result<void>();
    }
    if (name == "exclude_seeds") {
      LAYER_ASSIGN(query_.exclude_seeds, read_flag(member));
    } else if (name == "include_leg_breakdown") {
      LAYER_ASSIGN(query_.leg_breakdown, read_flag(member));
    } else if (name == "top_k") {
      LAYER_ASSIGN(const auto rows, read_rows(name, text));
      return set_rows(rows);
    } else if (name == "limit") {
      LAYER_ASSIGN(const auto rows, read_limit(text, member.value.token));
      return set_rows(rows);
    } else if (name == "page_window") {
      LAYER_ASSIGN(query_.page_window, read_rows(name, text));
    } else if (std::string* const kept = keep(name)) {
      *kept = text;
    } else {
      query_.more += ',';
      core::append_json_string(query_.more, name);
      query_.more += ':';
      query_.more += text;
    }
    return {};
  }

  Result<void> set_rows(std::size_t rows) {
    if (sized_) {
      return wrong_member("limit", "give either top_k or limit, once");
    }
    sized_ = true;
    query_.top_k = rows;
    return {};
  }

  std::string* keep(std::string_view name) {
    return name == "vector"               ? &query_.vector
           : name == "nearest_to_id"      ? &query_.nearest_to_id
           : name == "rank_by"            ? &query_.rank_by
           : name == "filters"            ? &query_.filters
           : name == "include_attributes" ? &query_.include_attributes
           : name == "exclude_attributes" ? &query_.exclude_attributes
           : name == "vector_encoding"    ? &query_.vector_encoding
                                          : nullptr;
  }

  Result<void> check() const {
    const int rankings = (query_.vector.empty() ? 0 : 1) + (query_.nearest_to_id.empty() ? 0 : 1) +
                         (query_.rank_by.empty() ? 0 : 1);
    if (rankings != 1) {
      return wrong_member("rank_by", "give exactly one of vector, nearest_to_id and rank_by");
    }
    if (!query_.vector_attribute.empty() && !query_.rank_by.empty() &&
        word_ranking_of(query_.rank_by) != WordRanking::kAuto) {
      return wrong_member("vector_attribute", "goes with vector, nearest_to_id or Auto");
    }
    if (query_.exclude_seeds && query_.nearest_to_id.empty()) {
      return wrong_member("exclude_seeds", "goes with nearest_to_id");
    }
    return {};
  }

  std::string_view body_;
  LayerQuery query_;
  bool sized_ = false;
};

}  // namespace

Result<LayerQuery> read_layer_query(std::string_view body) {
  return Reader(body).read();
}

}  // namespace layer::features::search
