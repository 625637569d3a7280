#include "features/federated/federated_ask.h"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "core/limits.h"
#include "json/document.h"
#include "json/splice.h"
#include "json/writer.h"
#include "json/wrong_member.h"
#include "wire/filter_parse.h"

namespace layer::features::federated {
namespace {

using json::wrong_member;

constexpr std::size_t kRowsMax = core::limits::result_rows_max;
constexpr std::size_t kPerNamespaceMin = 10;
constexpr std::size_t kPerNamespaceMax = 100;

// Members that are the federated query's own; the rest is what each namespace is asked.
constexpr std::array<std::string_view, 4> kOwn{"namespaces", "strict", "fusion", "top_k"};

// What has no meaning over several namespaces, and why.
struct Refused {
  std::string_view member;
  std::string_view problem;
};
constexpr std::array<Refused, 8> kRefused{{
    {"cursor", "a federated query has no pages"},
    {"page_window", "a federated query has no pages"},
    {"offset", "a federated query has no pages"},
    {"limit", "expected top_k, and fusion.per_namespace_limit for each namespace"},
    {"queries", "a federated query is a single query"},
    {"rerank_by", "a federated query is a single query"},
    {"aggregate_by", "aggregates of several namespaces are not put together"},
    {"group_by", "groups of several namespaces are not put together"},
}};

// What a query of one namespace may say; anything else is a mistake whatever the namespace.
constexpr std::array<std::string_view, 16> kOfEach{"rank_by",
                                                   "vector",
                                                   "vector_attribute",
                                                   "nearest_to_id",
                                                   "exclude_seeds",
                                                   "filters",
                                                   "include_attributes",
                                                   "exclude_attributes",
                                                   "distance_metric",
                                                   "vector_encoding",
                                                   "include_leg_breakdown",
                                                   "consistency",
                                                   "as_of",
                                                   "written_before",
                                                   "between",
                                                   "compute_attributes"};

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= core::limits::namespace_name_bytes_max && name != "." &&
         name != ".." && std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.';
         });
}

Result<std::size_t> read_size(std::string_view member, const json::Value& value) {
  std::uint64_t number = 0;
  if (!value.is_uint64() || value.get(number) != simdjson::SUCCESS || number < 1 ||
      number > kRowsMax) {
    return wrong_member(member, fmt::format("expected an integer from 1 to {}", kRowsMax));
  }
  return static_cast<std::size_t>(number);
}

class Reader {
 public:
  Reader(std::string_view body, std::size_t namespaces_max)
      : body_(body), namespaces_max_(namespaces_max) {}

  Result<FederatedAsk> run() {
    const auto document = json::Document::parse(std::string(body_));
    json::Object object;
    if (!document) {
      return wrong_member("body", document.error().message);
    }
    if (document->root().get(object) != simdjson::SUCCESS) {
      return wrong_member("body", "expected a JSON object");
    }
    std::unordered_set<std::string_view> seen;
    for (const auto& [name, value] : object) {
      if (!seen.insert(name).second) {
        return wrong_member(name.substr(0, 128), "given twice");
      }
      const auto* const refused = std::ranges::find(kRefused, name, &Refused::member);
      if (refused != kRefused.end()) {
        return wrong_member(name, refused->problem);
      }
      if (!value.is_null()) {
        LAYER_TRY(read_member(name, value));
      }
    }
    return finish();
  }

 private:
  Result<void> read_member(std::string_view name, const json::Value& value) {
    if (name == "namespaces") {
      return read_names(value);
    }
    if (name == "strict") {
      return value.get(ask_.strict) == simdjson::SUCCESS
                 ? Result<void>()
                 : wrong_member(name, "expected true or false");
    }
    if (name == "fusion") {
      return read_fusion(value);
    }
    if (name == "top_k") {
      LAYER_ASSIGN(ask_.top_k, read_size(name, value));
    } else if (name == "consistency") {
      return read_level(value);
    } else if (name == "filters") {
      auto filter = wire::parse_filter(value, json::Path(body_).member("filters"));
      if (!filter) {
        return wrong_member(name, filter.error().message);
      }
      ask_.filter = std::move(*filter);
    } else if (name == "rank_by" || name == "vector" || name == "nearest_to_id") {
      ranked_ = true;
    } else if (std::ranges::find(kOfEach, name) == kOfEach.end()) {
      return wrong_member(name.substr(0, 128), "unknown member");
    }
    return {};
  }

  Result<void> read_names(const json::Value& value) {
    json::Array list;
    if (value.get(list) != simdjson::SUCCESS || list.size() == 0) {
      return wrong_member("namespaces", R"(expected a list of names, or ["*"])");
    }
    std::vector<std::string> names;
    bool star = false;
    for (const json::Value item : list) {
      std::string_view name;
      if (item.get(name) != simdjson::SUCCESS || (name != "*" && !is_name(name))) {
        return wrong_member(fmt::format("namespaces[{}]", names.size()),
                            "expected a name: 1 to 128 of A-Z a-z 0-9 - _ .");
      }
      star |= name == "*";
      names.emplace_back(name);
    }
    if (star && names.size() > 1) {
      return wrong_member("namespaces", R"("*" stands for all namespaces and goes with no names)");
    }
    if (star) {
      return {};
    }
    if (names.size() > namespaces_max_) {
      return std::unexpected(too_many_namespaces(names, namespaces_max_));
    }
    std::unordered_set<std::string> seen;
    for (std::string& name : names) {
      if (seen.insert(name).second) {
        ask_.namespaces.push_back(std::move(name));
      }
    }
    return {};
  }

  Result<void> read_fusion(const json::Value& value) {
    json::Object object;
    if (value.get(object) != simdjson::SUCCESS) {
      return wrong_member("fusion", "expected an object");
    }
    for (const auto& [name, inner] : object) {
      if (name == "per_namespace_limit") {
        LAYER_ASSIGN(limit_, read_size("fusion.per_namespace_limit", inner));
      } else if (name == "rank_constant") {
        // Lists have equal weights and share no rows: whatever it is, ranks decide alike.
        double constant = 0;
        if (inner.get(constant) != simdjson::SUCCESS || constant <= 0) {
          return wrong_member("fusion.rank_constant", "expected a number above 0");
        }
      } else {
        return wrong_member(fmt::format("fusion.{}", name.substr(0, 128)), "unknown member");
      }
    }
    return {};
  }

  Result<void> read_level(const json::Value& value) {
    std::string_view level;
    if (value.is_object() && value["level"].get(level) == simdjson::SUCCESS) {
      if (level == "strong") {
        ask_.level = freshness::ReadLevel::kStrong;
      } else if (level == "eventual") {
        ask_.level = freshness::ReadLevel::kEventual;
      } else if (level == "stable") {
        ask_.level = freshness::ReadLevel::kStable;
      }
    }
    return ask_.level ? Result<void>()
                      : wrong_member("consistency",
                                     R"(expected {"level": "strong", "eventual" or "stable"})");
  }

  Result<FederatedAsk> finish() {
    if (!ranked_) {
      return wrong_member("rank_by", "expected a ranking: rows are put together by their rank");
    }
    ask_.all = ask_.namespaces.empty();
    ask_.per_namespace_limit =
        limit_ > 0 ? limit_ : std::clamp(2 * ask_.top_k, kPerNamespaceMin, kPerNamespaceMax);
    ask_.query = query_of_each();
    return std::move(ask_);
  }

  // The caller's bytes without the members that are this query's own, and with another top_k.
  std::string query_of_each() const {
    auto cut = json::cut_members(
        body_, [](std::string_view name) { return std::ranges::find(kOwn, name) != kOwn.end(); });
    std::string query = cut ? std::move(*cut) : std::string(body_);
    const std::size_t begin = query.find('{') + 1;
    // There is a ranking, so another member follows.
    query.insert(begin, fmt::format("\"top_k\":{},", ask_.per_namespace_limit));
    return query;
  }

  std::string_view body_;
  const std::size_t namespaces_max_;
  FederatedAsk ask_;
  std::size_t limit_ = 0;
  bool ranked_ = false;
};

}  // namespace

Error too_many_namespaces(const std::vector<std::string>& names, std::size_t namespaces_max) {
  json::Writer details;
  details.begin_array();
  const std::size_t end = std::min(names.size(), namespaces_max + kExcessListedMax);
  for (std::size_t i = namespaces_max; i < end; ++i) {
    details.begin_object()
        .member("field", fmt::format("namespaces[{}]", i))
        .member("namespace", names[i])
        .member("problem", "beyond the limit")
        .end_object();
  }
  details.end_array();
  return {.code = ErrorCode::kValidation,
          .message = fmt::format("namespaces: {} namespaces are more than a query may ask, {}",
                                 names.size(), namespaces_max),
          .fields = {{.name = "details", .value = std::move(details).take(), .json = true}}};
}

Result<FederatedAsk> parse_ask(std::string_view body, std::size_t namespaces_max) {
  return Reader(body, namespaces_max).run();
}

}  // namespace layer::features::federated
