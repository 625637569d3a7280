#include "features/ubi/print.h"

#include "json/document.h"
#include "json/writer.h"

namespace layer::features::ubi {
namespace {

std::string_view text(const json::Object& object, std::string_view member) {
  std::string_view value;
  return object.at_key(member).get(value) == simdjson::SUCCESS ? value : std::string_view{};
}

void put(json::Writer& out, std::string_view name, std::string_view value) {
  if (!value.empty()) {
    out.member(name, value);
  }
}

// Ids are strings there.
void put_hits(json::Writer& out, const json::Object& entry) {
  out.key("query_response_hit_ids").begin_array();
  json::Array ids;
  if (entry.at_key("top_result_ids").get(ids) == simdjson::SUCCESS) {
    for (const json::Value id : ids) {
      std::string_view name;
      if (id.get(name) == simdjson::SUCCESS) {
        out.value(name);
      } else {
        out.value(simdjson::minify(id));
      }
    }
  }
  out.end_array();
}

std::string_view user_query(const json::Object& entry) {
  if (const auto raw = text(entry, "raw_query"); !raw.empty()) {
    return raw;
  }
  json::Object query;
  return entry.at_key("query").get(query) == simdjson::SUCCESS ? text(query, "text")
                                                               : std::string_view{};
}

std::string print_query(const json::Object& entry) {
  json::Writer out;
  out.begin_object();
  put(out, "application", text(entry, "application"));
  put(out, "query_id", text(entry, "query_id"));
  put(out, "client_id", text(entry, "client_id"));
  out.member("user_query", user_query(entry));
  json::Value query;
  if (entry.at_key("query").get(query) == simdjson::SUCCESS) {
    out.key("query_attributes").raw(simdjson::minify(query));
  }
  out.member("object_id_field", "id");
  put(out, "timestamp", text(entry, "timestamp"));
  put(out, "query_response_id", text(entry, "trace_id"));
  put_hits(out, entry);
  out.end_object();
  return std::move(out).take();
}

void put_attributes(json::Writer& out, const json::Object& click) {
  std::int64_t position = 0;
  if (click.at_key("position").get(position) != simdjson::SUCCESS) {
    return;  // the schema asks for a position wherever there are attributes
  }
  out.key("event_attributes").begin_object();
  json::Value id;
  if (click.at_key("doc_id").get(id) == simdjson::SUCCESS && !id.is_null()) {
    out.key("object").begin_object();
    out.key("object_id").raw(simdjson::minify(id));
    out.member("object_id_field", "id").end_object();
  }
  out.key("position").begin_object().member("ordinal", position).end_object();
  out.end_object();
}

std::string print_event(const json::Object& click) {
  json::Value came;
  if (click.at_key("ubi").get(came) == simdjson::SUCCESS && came.is_object()) {
    return simdjson::minify(came);
  }
  json::Writer out;
  out.begin_object();
  put(out, "application", text(click, "application"));
  put(out, "action_name", text(click, "action"));
  put(out, "query_id", text(click, "query_id"));
  put(out, "session_id", text(click, "session_id"));
  put(out, "client_id", text(click, "client_id"));
  put(out, "user_id", text(click, "user_id"));
  put(out, "timestamp", text(click, "timestamp"));
  put_attributes(out, click);
  out.end_object();
  return std::move(out).take();
}

}  // namespace

std::string print(const history::Stored& record) {
  const auto document = json::Document::parse(record.json);
  json::Object object;
  if (!document || document->root().get(object) != simdjson::SUCCESS) {
    return {};
  }
  return record.kind == history::RecordKind::query ? print_query(object) : print_event(object);
}

}  // namespace layer::features::ubi
