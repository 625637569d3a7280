#include "features/functions/spec_reader.h"

#include <algorithm>

#include <fmt/format.h>

#include "json/wrong_member.h"

namespace layer::features::functions {

Result<std::string> read_text(const std::string& path, const json::Value& value, TextRule rule) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS || text.size() < rule.bytes_min ||
      text.size() > rule.bytes_max) {
    return json::wrong_member(
        path, fmt::format("expected a string of {} to {} bytes", rule.bytes_min, rule.bytes_max));
  }
  return std::string(text);
}

Result<std::uint64_t> read_number(const std::string& path, const json::Value& value,
                                  NumberRule rule) {
  std::uint64_t number = 0;
  if (value.get(number) != simdjson::SUCCESS || number < rule.min || number > rule.max) {
    return json::wrong_member(path,
                              fmt::format("expected an integer from {} to {}", rule.min, rule.max));
  }
  return number;
}

Result<std::vector<std::string>> read_words(const std::string& path, const json::Value& value,
                                            std::size_t count_max, TextRule rule) {
  json::Array items;
  if (value.get(items) != simdjson::SUCCESS || items.size() > count_max) {
    return json::wrong_member(path,
                              fmt::format("expected an array of at most {} strings", count_max));
  }
  std::vector<std::string> words;
  for (const json::Value item : items) {
    LAYER_ASSIGN(std::string word,
                 read_text(fmt::format("{}[{}]", path, words.size()), item, rule));
    words.push_back(std::move(word));
  }
  return words;
}

Result<std::vector<std::string>> read_names(const std::string& path, const json::Value& value,
                                            std::size_t count_max, TextRule rule) {
  LAYER_ASSIGN(auto names, read_words(path, value, count_max, rule));
  for (auto at = names.begin(); at != names.end(); ++at) {
    if (std::find(names.begin(), at, *at) != at) {
      return json::wrong_member(path, fmt::format("names '{}' twice", *at));
    }
  }
  return names;
}

Result<std::map<std::string, std::string>> read_labels(const std::string& path,
                                                       const json::Value& value,
                                                       std::size_t count_max, TextRule rule) {
  LAYER_ASSIGN(const json::Object members, read_object(path, value));
  std::map<std::string, std::string> labels;
  for (const auto& [name, text] : members) {
    const std::string at = fmt::format("{}.{}", path, name);
    if (name.empty() || name.size() > rule.bytes_max || labels.size() == count_max) {
      return json::wrong_member(at, fmt::format("expected at most {} labels with names of 1 to {} "
                                                "bytes",
                                                count_max, rule.bytes_max));
    }
    LAYER_ASSIGN(labels[std::string(name)],
                 read_text(at, text, {.bytes_min = 0, .bytes_max = rule.bytes_max}));
  }
  return labels;
}

Result<json::Object> read_object(const std::string& path, const json::Value& value) {
  json::Object object;
  if (value.get(object) != simdjson::SUCCESS) {
    return json::wrong_member(path, "expected an object");
  }
  return object;
}

}  // namespace layer::features::functions
