#include "features/history/record.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/text.h"
#include "features/history/scrub.h"
#include "features/history/utc.h"
#include "json/lexer.h"
#include "json/splice.h"
#include "json/unescape.h"
#include "json/writer.h"

namespace layer::features::history {
namespace {

using json::Token;

// Names of attributes and operators' kinds, in what the gateway says of a query.
constexpr std::array<std::string_view, 7> kNames{
    "kind",     "field",        "include_attributes", "exclude_attributes",
    "group_by", "aggregate_by", "leg_count"};
// Of an event: what its standard gives a meaning.
constexpr std::array<std::string_view, 8> kEventNames{"action_name", "timestamp",  "query_id",
                                                      "object_id",   "session_id", "client_id",
                                                      "user_id",     "application"};

void put(json::Writer& out, std::string_view name, std::string_view text) {
  out.key(name).raw(core::json_string(text));
}

void put_some(json::Writer& out, std::string_view name, std::string_view text) {
  if (!text.empty()) {
    put(out, name, text);
  }
}

// An id as JSON: a number or a string, written as it came.
bool is_scalar(std::string_view json) {
  json::Lexer lexer(json);
  const Token token = lexer.next();
  return (token == Token::kString || token == Token::kNumber) && json::is_utf8(json) &&
         lexer.next() == Token::kEnd;
}

void put_tags(json::Writer& out, const std::vector<std::string>& tags) {
  out.key("tags").begin_array();
  for (const std::string& tag : tags) {
    out.raw(core::json_string(tag));
  }
  out.end_array();
}

void put_who(json::Writer& out, const Identity& who, const Drop& drop) {
  put_some(out, "application", who.application);
  if (!drop.client_id) {
    put_some(out, "client_id", who.client_id);
  }
  if (!drop.session_id) {
    put_some(out, "session_id", who.session_id);
  }
  if (!drop.user_id) {
    put_some(out, "user_id", who.user_id);
  }
}

void put_head(json::Writer& out, char kind, std::int64_t ns_time, std::string_view ns,
              const Identity& who, std::string_view trace_id) {
  out.begin_object();
  out.member("t", std::string_view(&kind, 1));
  out.member("timestamp", print_instant(ns_time));
  out.member("timestamp_nanos", ns_time);
  put(out, "namespace", ns);
  put(out, "query_id", who.query_id.empty() ? trace_id : std::string_view(who.query_id));
  put(out, "trace_id", trace_id);
}

std::string print(const QueryEntry& entry, const Settings& settings, std::string_view query) {
  json::Writer out(512 + query.size());
  put_head(out, 'q', entry.timestamp_ns, entry.ns, entry.who, entry.trace_id);
  if (!settings.drop.raw_query) {
    put_some(out, "raw_query", entry.who.raw_query);
  }
  if (entry.stable_as_of_ms) {
    out.member("stable_as_of", *entry.stable_as_of_ms);
  }
  put(out, "level", entry.level);
  if (!settings.drop.query) {
    out.key("query").raw(query);
  }
  if (!settings.drop.top_result_ids) {
    out.key("top_result_ids").begin_array();
    for (const std::string& id : entry.top_ids) {
      if (is_scalar(id)) {
        out.raw(id);
      }
    }
    out.end_array();
  }
  out.member("result_count", entry.result_count);
  out.member("duration_ms", entry.duration_ms);
  put(out, "served_by", entry.served_by);
  out.member("status", entry.status);
  put_tags(out, entry.who.tags);
  put_who(out, entry.who, settings.drop);
  put(out, "key_id", entry.who.key_id);
  if (entry.bytes_queried || entry.bytes_returned) {
    out.key("billing").begin_object();
    out.member("queried", entry.bytes_queried.value_or(0));
    out.member("returned", entry.bytes_returned.value_or(0));
    out.end_object();
  }
  if (entry.truncated) {
    out.member("truncated", true);
  }
  out.end_object();
  return std::move(out).take();
}

std::string print(const Click& click, const Settings& settings, std::string_view ubi,
                  bool truncated) {
  json::Writer out(384 + ubi.size());
  put_head(out, 'c', click.timestamp_ns, click.ns, click.who, click.trace_id);
  if (is_scalar(click.doc_id)) {
    out.key("doc_id").raw(click.doc_id);
  } else {
    put_some(out, "doc_id", click.doc_id);
  }
  if (click.position) {
    out.member("position", *click.position);
  }
  put(out, "action", click.action);
  put_tags(out, click.who.tags);
  put_some(out, "source", click.source);
  put_some(out, "served_from", click.served_from);
  put_who(out, click.who, settings.drop);
  put_some(out, "key_id", click.who.key_id);
  if (!ubi.empty()) {
    out.key("ubi").raw(ubi);
  }
  if (truncated) {
    out.member("truncated", true);
  }
  out.end_object();
  return std::move(out).take();
}

// What of an event must not be kept; its query text goes by the same rule as a header's.
std::vector<std::string_view> dropped_of_event(const Drop& drop) {
  std::vector<std::string_view> names;
  const auto add = [&](bool dropped, std::string_view name) {
    if (dropped) {
      names.push_back(name);
    }
  };
  add(drop.raw_query, "user_query");
  add(drop.client_id, "client_id");
  add(drop.user_id, "user_id");
  add(drop.session_id, "session_id");
  return names;
}

bool is_order(std::string_view name) {
  return name == "t" || name == "timestamp_nanos" || name == "query_id";
}

}  // namespace

std::string print_line(QueryEntry entry, const Settings& settings) {
  settings.redactor.redact(entry.who.raw_query);
  constexpr std::array<std::string_view, 1> kFilters{"filters"};
  std::string query = "{}";
  if (!settings.drop.query && !entry.query.empty()) {
    const Scrub scrub{.redactor = settings.redactor,
                      .drop = std::span(kFilters).first(settings.drop.filters ? 1 : 0),
                      .keep = kNames};
    if (auto scrubbed = scrub_object(entry.query, scrub)) {
      query = std::move(*scrubbed);
    } else {
      entry.truncated = true;
    }
  }
  std::string line = print(entry, settings, query);
  if (line.size() > kLineBytesMax) {
    entry.truncated = true;
    line = print(entry, settings, "{}");
  }
  return line;
}

std::string print_line(Click click, const Settings& settings) {
  std::string ubi;
  bool truncated = false;
  if (!click.ubi.empty()) {
    const auto drop = dropped_of_event(settings.drop);
    auto scrubbed =
        scrub_object(click.ubi, {.redactor = settings.redactor, .drop = drop, .keep = kEventNames});
    truncated = !scrubbed;
    ubi = std::move(scrubbed).value_or("");
  }
  std::string line = print(click, settings, ubi, truncated);
  return line.size() > kLineBytesMax ? print(click, settings, {}, true) : line;
}

std::optional<Line> read_line(std::string_view text, Ask ask) {
  json::Lexer lexer(text);
  if (lexer.next() != Token::kBeginObject) {
    return std::nullopt;
  }
  Line line;
  std::string scratch;
  int order_members = 0;
  bool timed = false;
  bool known = false;
  while (ask == Ask::all || order_members < 3) {
    const Token key = lexer.next();
    if (key == Token::kEndObject) {
      break;
    }
    if (key != Token::kKey) {
      return std::nullopt;
    }
    const std::string name(json::text_of(lexer, scratch));
    order_members += is_order(name) ? 1 : 0;
    const Token token = lexer.next();
    if (token == Token::kString) {
      const auto take = [&](std::string& into) { into = json::text_of(lexer, scratch); };
      if (name == "t") {
        known = lexer.raw() == "q" || lexer.raw() == "c";
        line.kind = lexer.raw() == "c" ? RecordKind::click : RecordKind::query;
      } else if (name == "query_id") {
        take(line.query_id);
      } else if (name == "trace_id") {
        take(line.trace_id);
      } else if (name == "client_id") {
        take(line.client_id);
      } else if (name == "user_id") {
        take(line.user_id);
      } else if (name == "raw_query") {
        take(line.raw_query);
      } else if (name == "action") {
        take(line.action);
      }
    } else if (token == Token::kNumber && name == "timestamp_nanos") {
      const std::string_view raw = lexer.raw();
      const auto [end, error] =
          std::from_chars(raw.data(), raw.data() + raw.size(), line.timestamp_ns);
      timed = error == std::errc() && end == raw.data() + raw.size();
    } else if (token == Token::kBeginArray && name == "tags") {
      for (Token item = lexer.next(); item != Token::kEndArray; item = lexer.next()) {
        if (item != Token::kString) {
          return std::nullopt;
        }
        line.tags.emplace_back(json::text_of(lexer, scratch));
      }
    } else if (token == Token::kBeginArray || token == Token::kBeginObject) {
      lexer.skip();
      const Token end = lexer.next();
      if (end != Token::kEndArray && end != Token::kEndObject) {
        return std::nullopt;
      }
    } else if (token == Token::kInvalid || token == Token::kNeedMore || token == Token::kEnd) {
      return std::nullopt;
    }
  }
  return known && timed ? std::optional(std::move(line)) : std::nullopt;
}

std::string shown(std::string_view text) {
  constexpr std::string_view kQuery = R"({"t":"q",)";
  constexpr std::string_view kClick = R"({"t":"c",)";
  if (text.starts_with(kQuery) || text.starts_with(kClick)) {
    std::string out;
    out.reserve(text.size() - kQuery.size() + 1);
    out += '{';
    out += text.substr(kQuery.size());
    return out;
  }
  return json::cut_members(text, [](std::string_view name) { return name == "t"; })
      .value_or(std::string(text));
}

bool selects(const Selection& selection, const Line& line) {
  const auto is = [](const std::string& asked, const std::string& has) {
    return asked.empty() || asked == has;
  };
  return line.timestamp_ns >= selection.range.from_ns &&
         line.timestamp_ns < selection.range.to_ns && is(selection.client_id, line.client_id) &&
         is(selection.query_id, line.query_id) && is(selection.trace_id, line.trace_id) &&
         is(selection.action, line.action) &&
         (selection.raw_query.empty() || line.raw_query.contains(selection.raw_query)) &&
         std::ranges::all_of(
             selection.tags,
             [&](const std::string& tag) {
               return std::ranges::find(line.tags, tag) != line.tags.end();
             });
}

}  // namespace layer::features::history
