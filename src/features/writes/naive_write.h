// A slow, obvious reading of the same rules over parsed JSON, for tests and fuzzers: what becomes
// of a body, and whether an edited one is the original plus stamps. Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "features/writes/shard.h"
#include "features/writes/write_plan.h"
#include "json/document.h"
#include "wire/reserved_names.h"

namespace layer::features::writes::naive {

enum class Verdict : std::uint8_t { kForward, kRefuse, kEdit };

inline bool is_id(const json::Value& value) {
  return value.is_string() || value.type() == simdjson::dom::element_type::UINT64 ||
         (value.type() == simdjson::dom::element_type::INT64 && value.is_uint64());
}

inline bool replaced(std::string_view name) {
  return name == wire::kStampAttribute || name == wire::kShardAttribute;
}

class Judge {
 public:
  Verdict judge(const json::Value& root) {
    if (!root.is_object()) {
      return Verdict::kForward;
    }
    for (const auto& [name, value] : json::Object(root.get_object())) {
      if (!value.is_null()) {
        member(name, value);
      }
    }
    if (fault_ || copies_ || !operation_) {
      return Verdict::kForward;
    }
    return refused_ ? Verdict::kRefuse : Verdict::kEdit;
  }

 private:
  void member(std::string_view name, const json::Value& value) {
    if (name == "upsert_rows" || name == "patch_rows") {
      operation_ = true;
      if (expect(value.is_array())) {
        for (const json::Value row : json::Array(value.get_array())) {
          if (expect(row.is_object())) {
            this->row(row);
          }
        }
      }
    } else if (name == "upsert_columns" || name == "patch_columns") {
      operation_ = true;
      if (expect(value.is_object())) {
        columns(value);
      }
    } else if (name == "deletes") {
      operation_ = true;
      if (expect(value.is_array())) {
        for (const json::Value id : json::Array(value.get_array())) {
          expect(is_id(id));
        }
      }
    } else if (name == "delete_by_filter") {
      operation_ = true;
      expect(value.is_array());
    } else if (name.ends_with("_condition") &&
               (name == "upsert_condition" || name == "patch_condition" ||
                name == "delete_condition")) {
      expect(value.is_array());
    } else if (name == "patch_by_filter") {
      operation_ = true;
      if (expect(value.is_object())) {
        for (const auto& [inner, patch] : json::Object(value.get_object())) {
          if (inner == "patch" && expect(patch.is_object())) {
            names(patch);
          }
        }
      }
    } else if (name == "return_affected_ids") {
      expect(value.is_bool());
    } else if (name == "copy_from_namespace" || name == "branch_from_namespace") {
      copies_ = true;
    }
  }

  void row(const json::Value& row) {
    names(row);
    bool has_id = false;
    for (const auto& [name, value] : json::Object(row.get_object())) {
      if (name == "id") {
        has_id = true;
        expect(is_id(value));
      }
    }
    expect(has_id);
  }

  void columns(const json::Value& columns) {
    names(columns);
    std::optional<std::size_t> rows;
    bool has_id = false;
    for (const auto& [name, value] : json::Object(columns.get_object())) {
      if (replaced(name) || !expect(value.is_array())) {
        continue;
      }
      std::size_t items = 0;
      for (const json::Value item : json::Array(value.get_array())) {
        ++items;
        if (name == "id") {
          expect(is_id(item));
        }
      }
      has_id = has_id || name == "id";
      expect(!rows || *rows == items);
      rows = items;
    }
    expect(has_id);
  }

  void names(const json::Value& object) {
    for (const auto& [name, value] : json::Object(object.get_object())) {
      refused_ = refused_ || (wire::is_reserved_name(name) && !replaced(name));
    }
  }

  bool expect(bool condition) {
    fault_ = fault_ || !condition;
    return condition;
  }

  bool fault_ = false;
  bool copies_ = false;
  bool operation_ = false;
  bool refused_ = false;
};

// Members of an object as "name=text", without the replaced ones.
inline std::vector<std::string> members(const json::Value& object) {
  std::vector<std::string> out;
  for (const auto& [name, value] : json::Object(object.get_object())) {
    if (!replaced(name)) {
      out.push_back(std::string(name) + "=" + simdjson::minify(value));
    }
  }
  return out;
}

class Expectation {
 public:
  Expectation(const StampRules& rules, std::int64_t stamp) : rules_(rules), stamp_(stamp) {}

  // Whether `edited` is `original` with what the rules add and nothing else changed.
  bool holds(const json::Value& original, const json::Value& edited) const {
    std::vector<std::string> want;
    for (const auto& [name, value] : json::Object(original.get_object())) {
      want.push_back(std::string(name) + "=" + member(name, value));
    }
    return want == plain(edited);
  }

 private:
  static std::vector<std::string> plain(const json::Value& object) {
    std::vector<std::string> out;
    for (const auto& [name, value] : json::Object(object.get_object())) {
      out.push_back(std::string(name) + "=" + simdjson::minify(value));
    }
    return out;
  }

  static std::string print(const std::vector<std::string>& members) {
    std::string out = "{";
    for (const std::string& member : members) {
      const std::size_t split = member.find('=');
      const std::string name = "\"" + member.substr(0, split) + "\"";
      out += (out.size() > 1 ? "," : "") + name + ":" + member.substr(split + 1);
    }
    return out + "}";
  }

  std::string member(std::string_view name, const json::Value& value) const {
    if (value.is_null()) {
      return "null";
    }
    if (name == "upsert_rows" || name == "patch_rows") {
      std::string out = "[";
      for (const json::Value row : json::Array(value.get_array())) {
        out += (out.size() > 1 ? "," : "") + object(row, true);
      }
      return out + "]";
    }
    if (name == "upsert_columns" || name == "patch_columns") {
      return columns(value);
    }
    if (name == "patch_by_filter") {
      std::vector<std::string> out;
      for (const auto& [inner, patch] : json::Object(value.get_object())) {
        out.push_back(
            std::string(inner) + "=" +
            (inner == "patch" ? object(patch, false) : std::string(simdjson::minify(patch))));
      }
      return print(out);
    }
    return simdjson::minify(value);
  }

  std::string object(const json::Value& row, bool has_shard) const {
    auto out = members(row);
    add(out, std::string(wire::kStampAttribute), std::to_string(stamp_), rules_.stamp);
    if (has_shard) {
      const auto s = shard(row["id"], ids(row));
      add(out, std::string(wire::kShardAttribute), std::to_string(s.value_or(0)), s.has_value());
    }
    return print(out);
  }

  std::string columns(const json::Value& value) const {
    auto out = members(value);
    std::size_t rows = 0;
    std::string stamps;
    std::string shards;
    for (const json::Value id : json::Array(value["id"].get_array())) {
      const auto s = shard(id, ids(value));
      stamps += (rows > 0 ? "," : "") + std::to_string(stamp_);
      shards += (rows > 0 ? "," : "") + (s ? std::to_string(*s) : "null");
      ++rows;
    }
    add(out, std::string(wire::kStampAttribute), "[" + stamps + "]", rules_.stamp && rows > 0);
    add(out, std::string(wire::kShardAttribute), "[" + shards + "]",
        rules_.shard_count && rows > 0 && ids(value) == 1);
    return print(out);
  }

  static void add(std::vector<std::string>& out, const std::string& name, const std::string& text,
                  bool applies) {
    if (applies) {
      out.push_back(name + "=" + text);
    }
  }

  static std::size_t ids(const json::Value& object) {
    std::size_t count = 0;
    for (const auto& [name, value] : json::Object(object.get_object())) {
      count += name == "id" ? 1 : 0;
    }
    return count;
  }

  std::optional<std::uint32_t> shard(const json::Value& id, std::size_t ids) const {
    if (!rules_.shard_count || ids != 1) {
      return std::nullopt;
    }
    if (id.is_string()) {
      return shard_of_text(std::string_view(id), rules_.id_type, *rules_.shard_count);
    }
    return shard_of(wire::Id(std::uint64_t(id)), *rules_.shard_count);
  }

  const StampRules& rules_;
  const std::int64_t stamp_;
};

}  // namespace layer::features::writes::naive
