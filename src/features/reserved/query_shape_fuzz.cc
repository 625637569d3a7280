// Any bytes as a query body: the scan says what a reading of the parsed body says, and hiding
// reserved names gives a body that differs in nothing else.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "features/reserved/hide.h"
#include "features/reserved/query_shape.h"
#include "json/document.h"
#include "testing/fuzz.h"

namespace layer::features::reserved {
namespace {

using json::Value;

void note_embeds(const Value& value, Triggers& triggers) {
  if (!value.is_array()) {
    return;
  }
  bool first = true;
  for (const Value item : json::Array(value.get_array())) {
    if (first && item.is_string() && std::string_view(item) == "Embed") {
      triggers.add(Trigger::kEmbed);
    }
    // An array that begins with a number is a vector: it holds no operator.
    if (first && item.is_number()) {
      return;
    }
    first = false;
    note_embeds(item, triggers);
  }
}

void note_rank_by(const Value& value, QueryShape& shape) {
  shape.has_rank_by |= !value.is_null();
  if (!value.is_array()) {
    return;
  }
  std::size_t index = 0;
  for (const Value item : json::Array(value.get_array())) {
    if (index++ == 1 && item.is_string()) {
      if (std::string_view(item) == "HybridText") {
        shape.triggers.add(Trigger::kHybridText);
      } else if (std::string_view(item) == "Auto") {
        shape.triggers.add(Trigger::kAuto);
      }
    }
    note_embeds(item, shape.triggers);
  }
}

void note_level(const Value& value, bool root, QueryShape& shape) {
  if (!value.is_object()) {
    return;
  }
  for (const auto& [name, level] : json::Object(value.get_object())) {
    if (name != "level" || !level.is_string()) {
      continue;
    }
    const std::string_view text(level);
    if (text == "stable") {
      shape.triggers.add(Trigger::kStable);
    }
    if (root) {
      shape.level = text == "strong"     ? Level::kStrong
                    : text == "eventual" ? Level::kEventual
                    : text == "stable"   ? Level::kStable
                                         : Level::kOther;
    }
  }
}

void note(const Value& object, bool root, QueryShape& shape) {
  static constexpr std::pair<std::string_view, Trigger> kNamed[] = {
      {"vector", Trigger::kVector},
      {"nearest_to_id", Trigger::kNearestToId},
      {"as_of", Trigger::kAsOf},
      {"written_before", Trigger::kWrittenBefore},
      {"between", Trigger::kBetween},
      {"cursor", Trigger::kCursor},
      {"page_window", Trigger::kPageWindow},
      {"include_leg_breakdown", Trigger::kIncludeLegBreakdown}};
  for (const auto& [name, value] : json::Object(object.get_object())) {
    for (const auto& [known, trigger] : kNamed) {
      if (name == known && (!value.is_null() || name == "cursor")) {
        shape.triggers.add(trigger);
      }
    }
    if (name == "rank_by") {
      note_rank_by(value, shape);
    } else if (name == "filters") {
      shape.has_filters |= !value.is_null();
    } else if (name == "consistency") {
      note_level(value, root, shape);
    } else if (name == "include_attributes") {
      shape.projects |= value.is_bool() && bool(value);
    } else if (name == "exclude_attributes") {
      shape.projects |= value.is_array();
    } else if (name == "queries" && root) {
      shape.has_queries |= !value.is_null();
      if (value.is_array()) {
        for (const Value query : json::Array(value.get_array())) {
          ++shape.queries;
          if (query.is_object()) {
            note(query, false, shape);
          }
        }
      }
    }
  }
}

// The body in one spelling, reserved names taken out of exclusions and "all" written as an empty
// exclusion: equal before and after hiding.
std::string normal(const Value& object, bool root) {
  std::string out = "{";
  for (const auto& [name, value] : json::Object(object.get_object())) {
    std::string key(name);
    std::string text = simdjson::minify(value);
    if (name == "include_attributes" && text == "true") {
      key = "exclude_attributes";
      text = "[]";
    } else if (name == "exclude_attributes" && value.is_array()) {
      text = "[";
      for (const Value item : json::Array(value.get_array())) {
        if (!item.is_string() || std::string_view(item) != "_hevlayer_a") {
          text += (text.size() > 1 ? "," : "") + std::string(simdjson::minify(item));
        }
      }
      text += "]";
    } else if (name == "queries" && root && value.is_array()) {
      text = "[";
      for (const Value item : json::Array(value.get_array())) {
        text +=
            (item.is_object() ? normal(item, false) : std::string(simdjson::minify(item))) + ",";
      }
    }
    out += key + ":" + text + ",";
  }
  return out + "}";
}

}  // namespace
}  // namespace layer::features::reserved

LAYER_FUZZ_TARGET(query_shape_fuzz) {
  using namespace layer::features::reserved;
  const std::string body(reinterpret_cast<const char*>(data), size);
  const QueryShape shape = scan_query(body);
  const auto document = layer::json::Document::parse(body);
  const std::vector<std::string> names = {"_hevlayer_a"};
  const auto hidden = hide_in_query(body, names);
  if (!document) {
    return;  // out-of-range numbers and broken UTF-8 are the store's to refuse
  }
  QueryShape want;
  if (document->root().is_object()) {
    want.understood = true;
    note(document->root(), true, want);
  }
  if (shape != want) {
    std::fprintf(stderr, "the scan and the parsed body differ\n");
    std::abort();
  }
  if (hidden) {
    const auto edited = layer::json::Document::parse(*hidden);
    if (!edited || normal(document->root(), true) != normal(edited->root(), true) ||
        hide_in_query(*hidden, names)) {
      std::fprintf(stderr, "hiding changed more than it should: %s\n", hidden->c_str());
      std::abort();
    }
  }
}
