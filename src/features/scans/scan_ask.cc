#include "features/scans/scan_ask.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"
#include "features/hybrid/hybrid.h"
#include "features/namespaces/slices.h"
#include "json/document.h"
#include "json/wrong_member.h"

namespace layer::features::scans {
namespace {

constexpr std::array<std::string_view, 3> kModes{"ids", "count", "values"};
constexpr std::array<std::string_view, 4> kSources{"auto", "snapshot", "cache", "origin"};
constexpr std::array<std::string_view, 4> kSelectors{"filter", "fts", "hybrid_text", "ann"};

template <class Enum, std::size_t N>
Result<Enum> read_name(const std::array<std::string_view, N>& names, std::string_view member,
                       const json::Value& value) {
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) {
    for (std::size_t i = 0; i < N; ++i) {
      if (names[i] == text) {
        return static_cast<Enum>(i);
      }
    }
  }
  std::string known;
  for (const std::string_view name : names) {
    known += known.empty() ? "" : ", ";
    known += name;
  }
  return std::unexpected(invalid(member, "expected one of " + known));
}

Result<std::uint32_t> read_integer(std::string_view member, const json::Value& value,
                                   std::uint32_t max) {
  std::uint64_t number = 0;
  if (!value.is_uint64() || value.get(number) != simdjson::SUCCESS || number < 1 || number > max) {
    return std::unexpected(invalid(member, fmt::format("expected an integer from 1 to {}", max)));
  }
  return static_cast<std::uint32_t>(number);
}

Result<freshness::ReadLevel> read_level(const json::Value& value) {
  std::string_view level;
  if (value.is_object() && value["level"].get(level) == simdjson::SUCCESS) {
    if (level == "strong") {
      return freshness::ReadLevel::kStrong;
    }
    if (level == "eventual") {
      return freshness::ReadLevel::kEventual;
    }
    if (level == "stable") {
      return freshness::ReadLevel::kStable;
    }
  }
  return std::unexpected(
      invalid("consistency", R"(expected {"level": "strong", "eventual" or "stable"})"));
}

std::string rank_json(std::string_view field, std::string_view function, std::string_view operand) {
  std::string out = "[";
  core::append_json_string(out, field);
  out += ",\"";
  out += function;
  out += "\",";
  out += operand;
  out += ']';
  return out;
}

// {field,query,fuzziness?,stopwords?}, as the expression that it stands for.
Result<hybrid::HybridExpression> read_words(const json::Value& value, std::string_view raw) {
  constexpr std::string_view kMember = "hybrid_text";
  std::string_view field;
  std::string_view query;
  if (!value.is_object() || value["field"].get(field) != simdjson::SUCCESS ||
      value["query"].get(query) != simdjson::SUCCESS) {
    return std::unexpected(invalid(kMember, "expected {\"field\": ..., \"query\": ...}"));
  }
  std::string options;
  for (const namespaces::Member& member : namespaces::members_of(raw)) {
    if (member.name == "fuzziness" || member.name == "stopwords") {
      options += (options.empty() ? "\"" : ",\"") + member.name + "\":";
      options += member.value.of(raw);
    } else if (member.name != "field" && member.name != "query") {
      return std::unexpected(
          invalid(kMember, "it has field, query, fuzziness and stopwords, and nothing else"));
    }
  }
  std::string rank_by = rank_json(field, "HybridText", core::json_string(query));
  rank_by.insert(rank_by.size() - 1, ",{" + options + "}");
  auto words = hybrid::parse_hybrid(rank_by);
  if (!words) {
    return std::unexpected(invalid(kMember, words.error().message));
  }
  if (const auto plan = hybrid::plan_hybrid({.expression = *words}); !plan) {
    return std::unexpected(invalid(kMember, plan.error().message));
  }
  return words;
}

// Reads the members of a body one by one, then what they mean together.
class Reader {
 public:
  explicit Reader(std::string_view body) : body_(body) {}

  Result<ScanAsk> run() {
    auto document = json::Document::parse(std::string(body_));
    json::Object object;
    if (!document) {
      return std::unexpected(invalid("body", document.error().message));
    }
    if (document->root().get(object) != simdjson::SUCCESS) {
      return std::unexpected(invalid("body", "expected a JSON object"));
    }
    for (const auto& [name, value] : object) {
      if (!value.is_null()) {
        LAYER_TRY(read_member(name, value, namespaces::raw_member(body_, name)));
      }
    }
    return finish();
  }

 private:
  Result<void> read_member(std::string_view name, const json::Value& value, std::string_view raw) {
    if (name == "mode") {
      LAYER_ASSIGN(ask_.mode, read_name<Mode>(kModes, name, value));
    } else if (name == "source") {
      LAYER_ASSIGN(ask_.source, read_name<Source>(kSources, name, value));
    } else if (name == "filters") {
      ask_.filter = raw;
    } else if (name == "as_of") {
      as_of_ = raw;
    } else if (name == "written_before") {
      written_before_ = raw;
    } else if (name == "between") {
      between_ = raw;
    } else if (name == "fts" || name == "ann" || name == "hybrid_text") {
      return read_selector(name, value, raw);
    } else {
      return read_option(name, value);
    }
    return {};
  }

  Result<void> read_option(std::string_view name, const json::Value& value) {
    if (name == "field") {
      std::string_view field;
      if (value.get(field) != simdjson::SUCCESS || field.empty()) {
        return std::unexpected(invalid(name, "expected the name of an attribute"));
      }
      ask_.field = field;
    } else if (name == "exhaustive") {
      if (value.get(ask_.exhaustive) != simdjson::SUCCESS) {
        return std::unexpected(invalid(name, "expected true or false"));
      }
    } else if (name == "threads") {
      LAYER_ASSIGN(ask_.threads, read_integer(name, value, kThreadsMax));
    } else if (name == "page_size") {
      LAYER_ASSIGN(ask_.page_size, read_integer(name, value, kPageSizeMax));
    } else if (name == "timeout_seconds") {
      LAYER_ASSIGN(const auto seconds, read_integer(name, value, kTimeoutSecondsMax));
      ask_.timeout = std::chrono::seconds(seconds);
    } else if (name == "consistency") {
      LAYER_ASSIGN(ask_.level, read_level(value));
    } else {
      return std::unexpected(invalid(name.substr(0, 128), "unknown member"));
    }
    return {};
  }

  Result<void> read_selector(std::string_view name, const json::Value& value,
                             std::string_view raw) {
    if (ask_.selector != Selector::kFilter) {
      return std::unexpected(invalid(name, "expected at most one of fts, ann and hybrid_text"));
    }
    if (name == "hybrid_text") {
      LAYER_ASSIGN(ask_.words, read_words(value, raw));
      ask_.selector = Selector::kHybridText;
      return {};
    }
    std::string_view field;
    const bool named = value.is_object() && value["field"].get(field) == simdjson::SUCCESS;
    if (name == "fts") {
      const std::string_view query = namespaces::raw_member(raw, "query");
      if (!named || field.empty() || query.empty() || value["query"].is_null()) {
        return std::unexpected(invalid(name, "expected {\"field\": ..., \"query\": ...}"));
      }
      ask_.selector = Selector::kFts;
      ask_.rank_by = rank_json(field, "BM25", query);
      return {};
    }
    const std::string_view vector = namespaces::raw_member(raw, "vector");
    if (!value.is_object() || vector.empty() ||
        value["radius"].get(ask_.radius) != simdjson::SUCCESS) {
      return std::unexpected(
          invalid(name, "expected {\"vector\": [...], \"radius\": ..., \"field\": ...}"));
    }
    ask_.selector = Selector::kAnn;
    ask_.rank_by = rank_json(named ? field : "vector", "ANN", vector);
    return {};
  }

  Result<ScanAsk> finish() {
    LAYER_ASSIGN(ask_.range, freshness::parse_time_range(as_of_, written_before_, between_));
    if ((ask_.mode == Mode::kValues) != !ask_.field.empty()) {
      return std::unexpected(invalid("field", "expected with mode values, and only there"));
    }
    if (ask_.field == "id") {
      return std::unexpected(invalid("field", "ids are all different; mode ids lists them"));
    }
    if (ask_.mode == Mode::kIds && ask_.source == Source::kSnapshot) {
      return std::unexpected(invalid("source", "a snapshot has no ids"));
    }
    if (ask_.selector != Selector::kFilter) {
      if (ask_.mode == Mode::kIds) {
        return std::unexpected(
            invalid("mode", "fts, hybrid_text and ann go with count and values"));
      }
      if (ask_.source == Source::kCache || ask_.source == Source::kSnapshot) {
        return std::unexpected(
            invalid("source", "fts, hybrid_text and ann are answered by the origin"));
      }
    }
    if (ask_.exhaustive && ask_.selector != Selector::kFts) {
      return std::unexpected(invalid("exhaustive", "expected with fts only"));
    }
    return std::move(ask_);
  }

  std::string_view body_;
  ScanAsk ask_;
  std::string_view as_of_;
  std::string_view written_before_;
  std::string_view between_;
};

}  // namespace

std::string_view name(Mode mode) {
  return kModes[static_cast<std::size_t>(mode)];
}
std::string_view name(Source source) {
  return kSources[static_cast<std::size_t>(source)];
}
std::string_view name(Selector selector) {
  return kSelectors[static_cast<std::size_t>(selector)];
}

Error invalid(std::string_view member, std::string_view problem) {
  return json::wrong_member(member, problem).error();
}

Result<ScanAsk> parse_ask(std::string_view body) {
  return Reader(body).run();
}

}  // namespace layer::features::scans
