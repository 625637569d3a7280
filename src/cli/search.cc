// `layer search NS FIELD TEXT`: rows that hold the words, misspelled ones too; --auto lets the
// server choose between words and meaning.
#include <charconv>
#include <cstdio>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/session.h"
#include "cli/table.h"

namespace layer::cli {
namespace {

namespace json = boost::json;

// "a,b" as a list.
json::array list_of(std::string_view names) {
  json::array list;
  while (!names.empty()) {
    const std::size_t comma = names.find(',');
    list.emplace_back(names.substr(0, comma));
    names.remove_prefix(comma == std::string_view::npos ? names.size() : comma + 1);
  }
  return list;
}

// A number as one; another text as it is, for the server to judge.
json::value scalar_of(const std::string& text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, fault] = std::from_chars(text.data(), end, number);
  return rest == end && fault == std::errc() ? json::value(number) : json::value(text);
}

json::array ranking(const Session& session, const std::string& field, const std::string& text) {
  const bool automatic = !session.flag("auto").empty();
  json::object options;
  if (const std::string& fuzziness = session.flag("fuzziness"); !fuzziness.empty()) {
    options["fuzziness"] = scalar_of(fuzziness);
  }
  if (automatic && !session.flag("embed").empty()) {
    options["vector"] = json::array{"Embed", text};
  }
  return {field, automatic ? "Auto" : "HybridText", text, options};
}

// What the answer says of the search, for people.
void tell(const json::object& answer) {
  if (const auto* const routing = answer.if_contains("routing");
      routing != nullptr && routing->is_object()) {
    const json::object& choice = routing->as_object();
    const auto* const executed = choice.if_contains("executed");
    fmt::print(stderr, "route {}{}\n", choice.contains("route") ? cell(choice.at("route")) : "",
               executed != nullptr && *executed == json::value(false)
                   ? ": needs a vector; give --embed where the server serves a model"
                   : "");
  }
  const auto* const hybrid = answer.if_contains("hybrid");
  if (hybrid == nullptr || !hybrid->is_object()) {
    return;
  }
  if (hybrid->as_object().contains("surfaced")) {
    fmt::print(stderr, "no row holds these words; shown are those that hold words like them\n");
  }
  if (hybrid->as_object().contains("fuzzy")) {
    fmt::print(stderr, "the field has no index for misspelled words (schema: \"fuzzy\": true)\n");
  }
}

}  // namespace

int search(Session& session, const std::vector<std::string>& positionals) {
  json::object body{{"rank_by", ranking(session, positionals[1], positionals[2])}};
  const std::string& attributes = session.flag("attributes");
  body["include_attributes"] = list_of(attributes.empty() ? positionals[1] : attributes);
  if (const std::string& top_k = session.flag("top-k"); !top_k.empty()) {
    body["top_k"] = scalar_of(top_k);
  }
  if (const std::string& cursor = session.flag("cursor"); !cursor.empty()) {
    body["cursor"] = cursor;
  }
  if (!session.flag("breakdown").empty()) {
    body["include_leg_breakdown"] = true;
  }
  if (!session.filters_are_json()) {
    return kUsage;
  }
  if (const std::string& filters = session.flag("filters"); !filters.empty()) {
    body["filters"] = json::parse(filters);
  }
  Answer answer;
  if (!session.call("POST", "/v2/namespaces/" + http::encode_segment(positionals[0]) + "/query",
                    json::serialize(body), answer)) {
    return session.failure();
  }
  json::error_code ec;
  const auto result = json::parse(answer.body, ec);
  const auto* const rows =
      !ec && result.is_object() ? result.as_object().if_contains("rows") : nullptr;
  if (session.json() || rows == nullptr || !rows->is_array()) {
    fmt::print("{}\n", answer.body);
    return kOk;
  }
  fmt::print("{}", format_rows(rows->as_array()));
  tell(result.as_object());
  return kOk;
}

}  // namespace layer::cli
