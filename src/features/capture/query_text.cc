#include "features/capture/query_text.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "features/capture/ranking_text.h"
#include "features/namespaces/slices.h"
#include "json/unescape.h"
#include "json/writer.h"

namespace layer::features::capture {
namespace {

namespace namespaces = features::namespaces;
using json::Token;

struct Read {
  std::vector<namespaces::Member> members;
  bool whole = false;
};

Read read_members(std::string_view text) {
  Read out;
  json::Lexer lexer(text);
  if (lexer.next() != Token::kBeginObject) {
    return out;
  }
  std::string scratch;
  while (true) {
    const Token token = lexer.next();
    out.whole = token == Token::kEndObject;
    if (token != Token::kKey) {
      return out;
    }
    std::string name(json::text_of(lexer, scratch));
    const namespaces::Slice value = namespaces::next_value(lexer);
    if (!value.is_value()) {
      return out;
    }
    out.members.push_back({.name = std::move(name), .value = value});
  }
}

class Query {
 public:
  Query(std::string_view text, const std::vector<namespaces::Member>& members)
      : text_(text), members_(members) {}

  std::string_view raw(std::string_view name) const {
    const auto found = std::ranges::find(members_, name, &namespaces::Member::name);
    const bool there = found != members_.end() && found->value.token != Token::kNull;
    return there ? found->value.of(text_) : std::string_view{};
  }

  void print(json::Writer& out) const {
    print_ranking(out);
    copy(out, "nearest_to_id", raw("nearest_to_id"));
    const std::string_view top_k = raw("top_k");
    copy(out, "top_k", top_k.empty() ? raw("limit") : top_k);
    for (const std::string_view name :
         {"filters", "as_of", "written_before", "between", "include_attributes",
          "exclude_attributes", "aggregate_by", "group_by"}) {
      copy(out, name, raw(name));
    }
  }

 private:
  static void copy(json::Writer& out, std::string_view name, std::string_view value) {
    if (!value.empty() && json::is_utf8(value)) {
      out.key(name).raw(compact(value));
    }
  }
  void print_ranking(json::Writer& out) const {
    Ranking ranking;
    const std::string_view vector = raw("vector");
    if (const std::string_view rank_by = raw("rank_by"); !rank_by.empty()) {
      ranking = describe_ranking(rank_by);
    } else if (!vector.empty() || !raw("nearest_to_id").empty()) {
      ranking.kind = "ANN";
      const std::string_view attribute = raw("vector_attribute");
      ranking.field = attribute.empty() ? "vector" : namespaces::string_of(attribute);
    } else if (!raw("aggregate_by").empty()) {
      ranking.kind = "aggregate";
    }
    if (!vector.empty()) {
      ranking.vector_len = vector_length(vector);
    }
    put_ranking(out, ranking);
  }

  std::string_view text_;
  const std::vector<namespaces::Member>& members_;
};

void print_queries(json::Writer& out, std::string_view queries) {
  const auto legs = namespaces::items_of(queries);
  out.member("leg_count", legs.size());
  out.key("queries").begin_array();
  for (const namespaces::Slice& leg : legs) {
    const std::string_view text = leg.of(queries);
    const auto members = namespaces::members_of(text);
    out.begin_object();
    Query(text, members).print(out);
    out.end_object();
  }
  out.end_array();
}

}  // namespace

QueryText describe_query(std::string_view body) {
  QueryText text;
  const Read read = read_members(body);
  text.truncated = !read.whole;
  const Query query(body, read.members);
  if (const std::string_view consistency = query.raw("consistency"); !consistency.empty()) {
    text.level = namespaces::string_of(namespaces::raw_member(consistency, "level"));
  }
  json::Writer out;
  out.begin_object();
  if (const std::string_view queries = query.raw("queries"); queries.starts_with('[')) {
    print_queries(out, queries);
  }
  query.print(out);
  out.end_object();
  text.json = std::move(out).take();
  return text;
}

std::string with_echo(std::string query, std::string_view hybrid, std::string_view routing) {
  const auto add = [&](std::string_view name, std::string_view echo) {
    if (echo.empty() || !json::is_utf8(echo)) {
      return;
    }
    query.pop_back();
    query += query.size() > 1 ? ",\"" : "\"";
    query += name;
    query += "\":";
    query += compact(echo);
    query += '}';
  };
  add("hybrid", hybrid);
  add("routing", routing);
  return query;
}

}  // namespace layer::features::capture
