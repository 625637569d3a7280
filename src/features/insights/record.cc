#include "features/insights/record.h"

#include <limits>

#include "features/insights/query_words.h"
#include "features/ubi/event.h"
#include "json/document.h"

namespace layer::features::insights {
namespace {

std::string text(const json::Object& object, std::string_view member) {
  std::string_view value;
  return object.at_key(member).get(value) == simdjson::SUCCESS ? std::string(value) : std::string();
}

std::uint64_t count(const json::Object& object, std::string_view member) {
  std::uint64_t value = 0;
  return object.at_key(member).get(value) == simdjson::SUCCESS ? value : 0;
}

std::vector<std::string> list(const json::Object& object, std::string_view member) {
  std::vector<std::string> out;
  json::Array items;
  if (object.at_key(member).get(items) == simdjson::SUCCESS) {
    for (const json::Value item : items) {
      out.push_back(simdjson::minify(item));
    }
  }
  return out;
}

std::vector<std::string> texts(const json::Object& object, std::string_view member) {
  std::vector<std::string> out;
  json::Array items;
  if (object.at_key(member).get(items) == simdjson::SUCCESS) {
    for (const json::Value item : items) {
      std::string_view value;
      if (item.get(value) == simdjson::SUCCESS) {
        out.emplace_back(value);
      }
    }
  }
  return out;
}

// What a person typed, else what was looked for.
std::string words_of(const json::Object& entry) {
  std::string raw = text(entry, "raw_query");
  json::Object query;
  if (raw.empty() && entry.at_key("query").get(query) == simdjson::SUCCESS) {
    raw = text(query, "text");
  }
  return query_words(raw);
}

bool open(const history::Stored& stored, json::Document& document, json::Object& object) {
  auto parsed = json::Document::parse(stored.json);
  if (!parsed) {
    return false;
  }
  document = std::move(*parsed);
  return document.root().get(object) == simdjson::SUCCESS;
}

}  // namespace

std::optional<QueryRecord> read_query(const history::Stored& stored) {
  json::Document document;
  json::Object entry;
  if (stored.kind != history::RecordKind::query || !open(stored, document, entry)) {
    return std::nullopt;
  }
  QueryRecord out{.timestamp_ns = stored.timestamp_ns,
                  .query_id = stored.query_id,
                  .session_id = text(entry, "session_id"),
                  .words = words_of(entry),
                  .top_ids = list(entry, "top_result_ids"),
                  .results = count(entry, "result_count"),
                  .tags = texts(entry, "tags")};
  if (const std::uint64_t status = count(entry, "status"); status > 0 && status < 1000) {
    out.status = static_cast<int>(status);
  }
  double ms = 0;
  if (entry.at_key("duration_ms").get(ms) == simdjson::SUCCESS) {
    out.duration_ms = ms;
  }
  return out;
}

std::optional<ClickRecord> read_click(const history::Stored& stored) {
  json::Document document;
  json::Object click;
  if (stored.kind != history::RecordKind::click || !open(stored, document, click)) {
    return std::nullopt;
  }
  ClickRecord out{.timestamp_ns = stored.timestamp_ns,
                  .query_id = stored.query_id,
                  .chosen = ubi::is_click(text(click, "action"))};
  json::Value id;
  if (click.at_key("doc_id").get(id) == simdjson::SUCCESS && !id.is_null()) {
    out.doc_id = simdjson::minify(id);
  }
  const std::uint64_t position = count(click, "position");
  if (position > 0 && position <= std::numeric_limits<std::uint32_t>::max()) {
    out.position = static_cast<std::uint32_t>(position);
  }
  return out;
}

}  // namespace layer::features::insights
