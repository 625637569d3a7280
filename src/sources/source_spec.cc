#include "sources/source_spec.h"

#include <fmt/format.h>
#include <boost/json.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>

#include "json/document.h"
#include "sources/records.h"

namespace layer::sources {
namespace {

namespace json = boost::json;

std::unexpected<Error> wrong(std::string_view member, std::string_view why) {
  return fail(ErrorCode::kInvalidArgument, fmt::format("{}: {}", member, why));
}

Result<std::string> text(const json::object& object, std::string_view member,
                         std::string_view fallback = {}) {
  const auto* value = object.if_contains(member);
  if (value == nullptr || value->is_null()) {
    return std::string(fallback);
  }
  if (!value->is_string()) {
    return wrong(member, "must be a string");
  }
  return std::string(value->as_string());
}

Result<std::vector<std::string>> texts(const json::object& object, std::string_view member,
                                       std::size_t count_max) {
  std::vector<std::string> all;
  const auto* value = object.if_contains(member);
  if (value == nullptr || value->is_null()) {
    return all;
  }
  const auto* list = value->if_array();
  if (list == nullptr || list->size() > count_max) {
    return wrong(member, fmt::format("must be a list of at most {} strings", count_max));
  }
  for (const auto& item : *list) {
    if (!item.is_string() || item.as_string().empty()) {
      return wrong(member, "must be a list of strings");
    }
    all.emplace_back(item.as_string());
  }
  return all;
}

// The object, an empty one where there is none.
Result<json::object> object_of(const json::object& object, std::string_view member) {
  const auto* value = object.if_contains(member);
  if (value == nullptr || value->is_null()) {
    return json::object();
  }
  if (!value->is_object()) {
    return wrong(member, "must be an object");
  }
  return value->as_object();
}

Mapping usual_mapping(SourceKind kind) {
  switch (kind) {
    case SourceKind::kDirectory:
      return {.id = "path", .text = "text", .attributes = {"path"}};
    case SourceKind::kFeeds:
      return {.id = "id", .text = "text", .attributes = {"title", "link", "published", "feed"}};
    case SourceKind::kLines:
    case SourceKind::kRest:
      break;
  }
  return {.id = "id", .text = "text", .attributes = {}};
}

Result<Mapping> parse_mapping(SourceKind kind, const json::object& spec) {
  Mapping mapping = usual_mapping(kind);
  LAYER_ASSIGN(const json::object object, object_of(spec, "mapping"));
  LAYER_ASSIGN(mapping.id, text(object, "id", mapping.id));
  LAYER_ASSIGN(mapping.text, text(object, "text", mapping.text));
  if (mapping.id.empty() || mapping.text.empty()) {
    return wrong("mapping", "id and text name members of a record");
  }
  if (object.contains("attributes")) {
    LAYER_ASSIGN(mapping.attributes, texts(object, "attributes", kAttributesMax));
  }
  return mapping;
}

Result<std::optional<features::chunking::SplitRule>> parse_split(const json::object& spec) {
  LAYER_ASSIGN(json::object chunk, object_of(spec, "chunk"));
  if (chunk.empty()) {
    return features::chunking::SplitRule{};
  }
  if (!chunk.contains("strategy")) {
    chunk["strategy"] = "recursive";
  }
  auto document = json::serialize(chunk);
  LAYER_ASSIGN(const auto parsed, layer::json::Document::parse(std::move(document)));
  auto rule = features::chunking::parse_chunk_rule(parsed.root(), "chunk");
  if (!rule) {
    return fail(ErrorCode::kInvalidArgument, rule.error().message);
  }
  if (!*rule) {
    return std::optional<features::chunking::SplitRule>();
  }
  if (!(*rule)->split) {
    return wrong("chunk.strategy", "sections are not cut here; use the mapping's attributes");
  }
  return (*rule)->split;
}

Result<Paging> parse_paging(const json::object& spec) {
  LAYER_ASSIGN(const json::object object, object_of(spec, "paging"));
  LAYER_ASSIGN(const std::string next, text(object, "next"));
  LAYER_ASSIGN(const std::string cursor, text(object, "cursor"));
  LAYER_ASSIGN(const std::string cursor_param, text(object, "cursorParam", "cursor"));
  LAYER_ASSIGN(const std::string page_param, text(object, "pageParam"));
  if (int{!next.empty()} + int{!cursor.empty()} + int{!page_param.empty()} > 1) {
    return wrong("paging", "give one of next, cursor and pageParam");
  }
  Paging paging;
  if (next == "header") {
    paging.kind = Paging::Kind::kLinkHeader;
  } else if (!next.empty()) {
    paging = {.kind = Paging::Kind::kNextLink, .at = next};
  } else if (!cursor.empty()) {
    paging = {.kind = Paging::Kind::kCursor, .at = cursor, .parameter = cursor_param};
  } else if (!page_param.empty()) {
    paging = {.kind = Paging::Kind::kPageNumber, .parameter = page_param};
    if (const auto* first = object.if_contains("firstPage"); first != nullptr) {
      boost::system::error_code ec;
      paging.first_page = first->to_number<std::uint64_t>(ec);
      if (ec) {
        return wrong("paging.firstPage", "must be a number");
      }
    }
  }
  return paging;
}

Result<std::string> http_url(std::string_view member, const std::string& address) {
  const auto url = boost::urls::parse_uri(address);
  if (!url || (url->scheme() != "http" && url->scheme() != "https") || url->host().empty()) {
    return wrong(member, fmt::format("'{}' is no http or https address", address));
  }
  return address;
}

Result<std::string> first_page(const json::object& spec) {
  LAYER_ASSIGN(std::string address, text(spec, "url"));
  if (address.empty()) {
    LAYER_ASSIGN(address, text(spec, "baseUrl"));
    LAYER_ASSIGN(const std::string path, text(spec, "path"));
    if (!path.empty()) {
      while (address.ends_with('/')) {
        address.pop_back();
      }
      address += (path.starts_with('/') ? "" : "/") + path;
    }
  }
  LAYER_TRY(http_url("url", address));
  boost::urls::url url(*boost::urls::parse_uri(address));
  LAYER_ASSIGN(const json::object query, object_of(spec, "query"));
  for (const auto& parameter : query) {
    url.params().append({parameter.key(), text_of(parameter.value())});
  }
  return std::string(url.buffer());
}

Result<RestSpec> parse_rest(const json::object& spec) {
  RestSpec rest;
  LAYER_ASSIGN(rest.url, first_page(spec));
  LAYER_ASSIGN(rest.items, text(spec, "items"));
  LAYER_ASSIGN(rest.paging, parse_paging(spec));
  LAYER_ASSIGN(const json::object headers, object_of(spec, "headers"));
  for (const auto& header : headers) {
    std::string value = text_of(header.value());
    if (value.find_first_of("\r\n") != std::string::npos ||
        header.key().find_first_of("\r\n: ") != std::string_view::npos) {
      return wrong("headers", "a name and a value of one line each");
    }
    rest.headers.emplace_back(header.key(), std::move(value));
  }
  return rest;
}

Result<double> parse_rate(const json::object& spec) {
  LAYER_ASSIGN(const json::object limit, object_of(spec, "rateLimit"));
  const auto* value = limit.if_contains("requestsPerSecond");
  if (value == nullptr) {
    return 0.0;
  }
  boost::system::error_code ec;
  const double rate = value->to_number<double>(ec);
  if (ec || !(rate > 0) || rate > kRequestsPerSecondMax) {
    return wrong("rateLimit.requestsPerSecond",
                 fmt::format("must be a number above 0, at most {}", kRequestsPerSecondMax));
  }
  return rate;
}

}  // namespace

Result<SourceSpec> parse_source_spec(SourceKind kind, const json::object& spec) {
  SourceSpec source{.kind = kind, .mapping = {}, .split = {}};
  LAYER_ASSIGN(source.mapping, parse_mapping(kind, spec));
  LAYER_ASSIGN(source.split, parse_split(spec));
  LAYER_ASSIGN(source.requests_per_second, parse_rate(spec));
  LAYER_ASSIGN(source.user_agent, text(spec, "userAgent"));
  if (kind == SourceKind::kRest) {
    LAYER_ASSIGN(source.rest, parse_rest(spec));
  } else if (kind == SourceKind::kFeeds) {
    LAYER_ASSIGN(source.feeds, texts(spec, "feeds", kFeedsMax));
    if (source.feeds.empty()) {
      return wrong("feeds", "names no feed");
    }
    for (const std::string& feed : source.feeds) {
      LAYER_TRY(http_url("feeds", feed));
    }
  } else {
    LAYER_ASSIGN(source.path, text(spec, "path"));
    if (source.path.empty()) {
      return wrong("path", "is missing");
    }
  }
  return source;
}

}  // namespace layer::sources
