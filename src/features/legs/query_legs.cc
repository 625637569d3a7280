#include "features/legs/query_legs.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "core/limits.h"
#include "features/legs/rank_order.h"
#include "features/namespaces/slices.h"

namespace layer::features::legs {
namespace {

using json::Token;

constexpr std::size_t kRowsMax = core::limits::result_rows_max;
constexpr std::array<std::string_view, 3> kTimeFields{"as_of", "written_before", "between"};
constexpr std::array<std::string_view, 3> kLevels{"strong", "eventual", "stable"};

struct Value {
  std::string name;
  Token token;
  std::string_view text;
};

// The members that are not null, each at most once.
class Members {
 public:
  explicit Members(std::string_view object) {
    for (namespaces::Member& member : namespaces::members_of(object)) {
      twice_ |= has(member.name);
      if (member.value.token != Token::kNull) {
        values_.push_back({.name = std::move(member.name),
                           .token = member.value.token,
                           .text = member.value.of(object)});
      }
    }
  }
  bool twice() const { return twice_; }
  // The value of that name, which is then not among the rest.
  std::optional<Value> take(std::string_view name) {
    const auto at = std::ranges::find(values_, name, &Value::name);
    if (at == values_.end()) {
      return std::nullopt;
    }
    Value value = std::move(*at);
    values_.erase(at);
    return value;
  }
  bool empty() const { return values_.empty(); }

 private:
  bool has(std::string_view name) const {
    return std::ranges::find(values_, name, &Value::name) != values_.end();
  }
  std::vector<Value> values_;
  bool twice_ = false;
};

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const char* const end = text.data() + text.size();
  const auto [rest, fault] = std::from_chars(text.data(), end, value);
  return rest == end && fault == std::errc() ? std::optional(value) : std::nullopt;
}

// 1 to kRowsMax, written as a number or {"total":n}.
std::optional<std::size_t> total_of(const Value& value) {
  std::string_view text = value.text;
  Members members(value.token == Token::kBeginObject ? text : std::string_view{});
  if (value.token == Token::kBeginObject) {
    const auto total = members.take("total");
    if (!total || !members.empty() || members.twice()) {
      return std::nullopt;
    }
    text = total->text;
  }
  const auto total = number<std::size_t>(text);
  return total && *total >= 1 && *total <= kRowsMax ? total : std::nullopt;
}

// Of top_k and limit exactly one.
std::optional<std::size_t> take_limit(Members& members) {
  const auto top_k = members.take("top_k");
  const auto limit = members.take("limit");
  if (top_k.has_value() == limit.has_value()) {
    return std::nullopt;
  }
  return total_of(top_k ? *top_k : *limit);
}

bool is_list_of_names(const Value& value) {
  if (value.token != Token::kBeginArray) {
    return false;
  }
  return std::ranges::all_of(namespaces::items_of(value.text), [](const namespaces::Slice& item) {
    return item.token == Token::kString;
  });
}

bool take_projection(Members& members, Leg& leg) {
  const auto include = members.take("include_attributes");
  const auto exclude = members.take("exclude_attributes");
  if (include && exclude) {
    return false;
  }
  if (include) {
    const bool flag = include->token == Token::kTrue || include->token == Token::kFalse;
    leg.include_attributes = include->text;
    return flag || is_list_of_names(*include);
  }
  if (exclude) {
    leg.exclude_attributes = exclude->text;
    return is_list_of_names(*exclude);
  }
  return true;
}

// What is left of `members` afterwards belongs to no leg.
std::optional<Leg> take_leg(Members& members) {
  const auto rank_by = members.take("rank_by");
  const auto filters = members.take("filters");
  const auto limit = take_limit(members);
  if (!rank_by || rank_by->token != Token::kBeginArray || !limit) {
    return std::nullopt;
  }
  if (filters && filters->token != Token::kBeginArray) {
    return std::nullopt;
  }
  Leg leg{.rank_by = std::string(rank_by->text),
          .filters = std::string(filters ? filters->text : std::string_view{}),
          .limit = *limit};
  if (rank_order_of(leg.rank_by).exact && !filters) {
    return std::nullopt;  // the store wants a filter of the caller's own
  }
  if (const auto metric = members.take("distance_metric")) {
    leg.more = R"(,"distance_metric":)" + std::string(metric->text);
  }
  return take_projection(members, leg) ? std::optional(std::move(leg)) : std::nullopt;
}

// What holds for the whole request. False: the store has to say what is wrong with it.
bool take_request(Members& members, QueryLegs& out) {
  for (const std::string_view name : kTimeFields) {
    members.take(name);
  }
  if (const auto encoding = members.take("vector_encoding")) {
    out.vector_encoding = encoding->text;
    if (out.vector_encoding != R"("float")" && out.vector_encoding != R"("base64")") {
      return false;
    }
  }
  const auto consistency = members.take("consistency");
  if (!consistency) {
    return true;
  }
  Members inner(consistency->text);
  const auto level = inner.take("level");
  return level && inner.empty() && !inner.twice() &&
         std::ranges::find(kLevels, namespaces::string_of(level->text)) != kLevels.end();
}

std::optional<Fusion> fusion_of(const Value& rerank_by, std::size_t legs) {
  const auto parts = namespaces::items_of(rerank_by.text);
  if (parts.empty() || parts.size() > 2 ||
      namespaces::string_of(parts[0].of(rerank_by.text)) != "RRF") {
    return std::nullopt;
  }
  Fusion fusion;
  if (parts.size() == 1) {
    return fusion;
  }
  Members options(parts[1].of(rerank_by.text));
  if (const auto constant = options.take("rank_constant")) {
    const auto k = number<double>(constant->text);
    if (!k || *k < 0) {
      return std::nullopt;
    }
    fusion.rank_constant = *k;
  }
  if (const auto weights = options.take("weights")) {
    for (const namespaces::Slice& item : namespaces::items_of(weights->text)) {
      const auto weight = number<double>(item.of(weights->text));
      if (!weight || *weight <= 0) {
        return std::nullopt;
      }
      fusion.weights.push_back(*weight);
    }
    if (fusion.weights.size() != legs) {
      return std::nullopt;
    }
  }
  const bool whole = parts[1].token == Token::kBeginObject && options.empty() && !options.twice();
  return whole ? std::optional(std::move(fusion)) : std::nullopt;
}

bool take_fusion(Members& members, QueryLegs& out) {
  const auto rerank_by = members.take("rerank_by");
  const auto offset = members.take("offset");
  if (!rerank_by) {
    members.take("top_k");  // without rerank_by the store takes no notice of them
    members.take("limit");
    return !offset;
  }
  out.fusion = fusion_of(*rerank_by, out.legs.size());
  const auto limit = take_limit(members);
  const auto skipped = offset ? number<std::size_t>(offset->text) : std::optional<std::size_t>(0);
  if (!out.fusion || !limit || !skipped || *skipped > kRowsMax - *limit) {
    return false;
  }
  out.fusion->limit = *limit;
  out.fusion->offset = *skipped;
  return true;
}

bool take_queries(const Value& queries, QueryLegs& out) {
  const auto items = namespaces::items_of(queries.text);
  if (items.empty() || items.size() > kLegsMax) {
    return false;
  }
  std::size_t permits = 0;
  for (const namespaces::Slice& item : items) {
    Members members(item.of(queries.text));
    auto leg = take_leg(members);
    if (item.token != Token::kBeginObject || members.twice() || !leg || !members.empty()) {
      return false;
    }
    permits += rank_order_of(leg->rank_by).permits();
    out.legs.push_back(std::move(*leg));
  }
  return permits <= core::limits::query_permits_max;
}

}  // namespace

std::optional<QueryLegs> query_legs(std::string_view body) {
  QueryLegs out;
  Members members(body);
  if (members.twice() || !take_request(members, out)) {
    return std::nullopt;
  }
  if (const auto queries = members.take("queries")) {
    out.multi = true;
    const bool known = take_queries(*queries, out) && take_fusion(members, out);
    return known && members.empty() ? std::optional(std::move(out)) : std::nullopt;
  }
  auto leg = take_leg(members);
  if (!leg || !members.empty()) {
    return std::nullopt;
  }
  out.legs.push_back(std::move(*leg));
  return out;
}

}  // namespace layer::features::legs
