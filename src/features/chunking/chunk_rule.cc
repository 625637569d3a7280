#include "features/chunking/chunk_rule.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "core/limits.h"
#include "json/wrong_member.h"

namespace layer::features::chunking {
namespace {

constexpr std::array<std::pair<std::string_view, Strategy>, 4> kStrategies = {
    {{"fixed", Strategy::kFixed},
     {"recursive", Strategy::kRecursive},
     {"sentence", Strategy::kSentence},
     {"markdown", Strategy::kMarkdown}}};
constexpr std::array<std::pair<std::string_view, Unit>, 2> kUnits = {
    {{"characters", Unit::kCharacters}, {"tokens", Unit::kTokens}}};

template <class T, std::size_t N>
std::optional<T> named(const std::array<std::pair<std::string_view, T>, N>& all,
                       std::string_view name) {
  for (const auto& [known, value] : all) {
    if (known == name) {
      return value;
    }
  }
  return std::nullopt;
}

template <class T, std::size_t N>
std::string_view name_of(const std::array<std::pair<std::string_view, T>, N>& all, T value) {
  return all[static_cast<std::size_t>(value)].first;
}

// One object of the rule; members that nobody reads are refused.
class Reader {
 public:
  Reader(const json::Value& value, std::string_view where) : value_(value), where_(where) {}

  Result<json::Object> object(std::initializer_list<std::string_view> known) const {
    json::Object object;
    if (value_.get(object) != simdjson::SUCCESS) {
      return json::wrong_member(where_, "must be an object");
    }
    for (const auto& [name, member] : object) {
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        return wrong(name, "is not a member of it");
      }
    }
    return object;
  }
  std::unexpected<Error> wrong(std::string_view name, std::string_view problem) const {
    return json::wrong_member(fmt::format("{}.{}", where_, name), problem);
  }
  Result<std::string> text(std::string_view name, std::string fallback) const {
    json::Value member;
    std::string_view read;
    if (value_[name].get(member) != simdjson::SUCCESS || member.is_null()) {
      return fallback;
    }
    if (member.get(read) != simdjson::SUCCESS || read.empty() ||
        read.size() > core::limits::attribute_name_bytes_max) {
      return wrong(name, fmt::format("must be a string of 1 to {} bytes",
                                     core::limits::attribute_name_bytes_max));
    }
    return std::string(read);
  }
  Result<std::uint32_t> number(std::string_view name, std::uint32_t fallback,
                               std::uint32_t min) const {
    json::Value member;
    std::uint64_t read = 0;
    if (value_[name].get(member) != simdjson::SUCCESS || member.is_null()) {
      return fallback;
    }
    if (member.get(read) != simdjson::SUCCESS || read < min || read > kSizeMax) {
      return wrong(name, fmt::format("must be an integer from {} to {}", min, kSizeMax));
    }
    return static_cast<std::uint32_t>(read);
  }
  Result<std::vector<std::string>> names(std::string_view name) const {
    std::vector<std::string> out;
    json::Value member;
    json::Array list;
    if (value_[name].get(member) != simdjson::SUCCESS || member.is_null()) {
      return out;
    }
    const auto refused = [&] {
      return wrong(name, fmt::format("must be a list of at most {} names", kSectionFieldsMax));
    };
    if (member.get(list) != simdjson::SUCCESS || list.size() > kSectionFieldsMax) {
      return refused();
    }
    for (const json::Value item : list) {
      std::string_view read;
      if (item.get(read) != simdjson::SUCCESS || read.empty() ||
          read.size() > core::limits::attribute_name_bytes_max) {
        return refused();
      }
      out.emplace_back(read);
    }
    return out;
  }
  Result<SplitRule> split(std::string_view strategy) const {
    const auto found = named(kStrategies, strategy);
    if (!found) {
      return wrong("strategy", R"(must be "none", "fixed", "recursive", "sentence", "markdown" or )"
                               R"("section")");
    }
    SplitRule rule{.strategy = *found};
    LAYER_ASSIGN(const std::string unit, text("unit", "characters"));
    const auto known = named(kUnits, unit);
    if (!known) {
      return wrong("unit", R"(must be "characters" or "tokens")");
    }
    rule.unit = *known;
    LAYER_ASSIGN(rule.size, number("size", kSizeDefault, 1));
    LAYER_ASSIGN(rule.overlap, number("overlap", 0, 0));
    if (rule.overlap >= rule.size) {
      return wrong("overlap", "must be smaller than size");
    }
    return rule;
  }

 private:
  const json::Value& value_;
  const std::string where_;
};

Result<SectionRule> parse_sections(const json::Value& value, const std::string& where) {
  const Reader reader(value, where);
  LAYER_ASSIGN(const json::Object object,
               reader.object({"jsonFields", "fields", "sectionAttribute", "split"}));
  SectionRule rule;
  LAYER_ASSIGN(rule.json_fields, reader.names("jsonFields"));
  LAYER_ASSIGN(rule.fields, reader.names("fields"));
  if (rule.json_fields.empty() == rule.fields.empty()) {
    return json::wrong_member(where, "needs either jsonFields or fields");
  }
  LAYER_ASSIGN(rule.attribute, reader.text("sectionAttribute", "section"));
  if (rule.attribute == "id" || rule.attribute.starts_with("_hevlayer_")) {
    return reader.wrong("sectionAttribute", "must not be a reserved name");
  }
  json::Value split;
  if (object["split"].get(split) == simdjson::SUCCESS && !split.is_null()) {
    const Reader inner(split, where + ".split");
    LAYER_TRY(inner.object({"strategy", "unit", "size", "overlap"}));
    LAYER_ASSIGN(const std::string strategy, inner.text("strategy", "recursive"));
    LAYER_ASSIGN(rule.split, inner.split(strategy));
  }
  return rule;
}

void print_split(json::Writer& out, const SplitRule& rule) {
  out.member("strategy", name_of(kStrategies, rule.strategy))
      .member("unit", name_of(kUnits, rule.unit))
      .member("size", rule.size)
      .member("overlap", rule.overlap);
}

void print_names(json::Writer& out, std::string_view key, const std::vector<std::string>& names) {
  if (names.empty()) {
    return;
  }
  out.key(key).begin_array();
  for (const std::string& name : names) {
    out.value(name);
  }
  out.end_array();
}

}  // namespace

Result<std::optional<ChunkRule>> parse_chunk_rule(const json::Value& value,
                                                  std::string_view where) {
  const Reader reader(value, where);
  LAYER_ASSIGN(const json::Object object,
               reader.object({"strategy", "unit", "size", "overlap", "section"}));
  LAYER_ASSIGN(const std::string strategy, reader.text("strategy", ""));
  if (strategy.empty()) {
    return reader.wrong("strategy", "is missing");
  }
  if (strategy == "none") {
    return std::nullopt;
  }
  json::Value section;
  const bool sections = object["section"].get(section) == simdjson::SUCCESS && !section.is_null();
  if (strategy != "section") {
    if (sections) {
      return reader.wrong("section", R"(goes with the strategy "section" only)");
    }
    LAYER_ASSIGN(SplitRule split, reader.split(strategy));
    return ChunkRule{.split = split};
  }
  if (!sections) {
    return reader.wrong("section", "is missing");
  }
  for (const std::string_view name : {"unit", "size", "overlap"}) {
    if (object[name].error() == simdjson::SUCCESS) {
      return reader.wrong(name, "of sections stands in section.split");
    }
  }
  LAYER_ASSIGN(SectionRule rule, parse_sections(section, fmt::format("{}.section", where)));
  return ChunkRule{.section = std::move(rule)};
}

void print_chunk_rule(json::Writer& out, const ChunkRule& rule) {
  out.begin_object();
  if (rule.split) {
    print_split(out, *rule.split);
  } else if (rule.section) {
    out.member("strategy", "section").key("section").begin_object();
    print_names(out, "jsonFields", rule.section->json_fields);
    print_names(out, "fields", rule.section->fields);
    out.member("sectionAttribute", rule.section->attribute);
    if (rule.section->split) {
      out.key("split").begin_object();
      print_split(out, *rule.section->split);
      out.end_object();
    }
    out.end_object();
  }
  out.end_object();
}

}  // namespace layer::features::chunking
