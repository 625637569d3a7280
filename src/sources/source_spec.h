// What a source reference (HEVLAYER_SOURCE_REF, or flags put together) says. Thread safety: values,
// pure functions.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include "core/error.h"
#include "features/chunking/chunk_rule.h"

namespace layer::sources {

inline constexpr std::size_t kFeedsMax = 1000;
inline constexpr std::size_t kAttributesMax = 256;
inline constexpr double kRequestsPerSecondMax = 10'000;

enum class SourceKind : std::uint8_t { kDirectory, kLines, kFeeds, kRest };

// Where a record's parts are (find_path of records.h).
struct Mapping {
  std::string id;
  std::string text;
  std::vector<std::string> attributes;
};

// How an API's pages follow each other.
struct Paging {
  enum class Kind : std::uint8_t { kNone, kNextLink, kLinkHeader, kCursor, kPageNumber };
  Kind kind = Kind::kNone;
  std::string at{};         // path of the next link or the cursor in a page
  std::string parameter{};  // of the query: the cursor's or the page's
  std::uint64_t first_page = 1;
};

struct RestSpec {
  std::string url;    // of the first page
  std::string items;  // path of a page's list; empty: the page is the list
  Paging paging{};
  std::vector<std::pair<std::string, std::string>> headers{};
};

struct SourceSpec {
  SourceKind kind = SourceKind::kDirectory;
  Mapping mapping;
  std::optional<features::chunking::SplitRule> split;  // absent: a document is one chunk
  std::string path{};                                  // directory, or file of lines
  std::vector<std::string> feeds{};
  RestSpec rest{};
  std::string user_agent{};
  double requests_per_second = 0;  // 0: as fast as it goes
};

// {mapping{id,text,attributes[]}, chunk{strategy,unit,size,overlap}, path | feeds[] |
//  url or baseUrl, path, query{}, items, paging{next|cursor,cursorParam|pageParam,firstPage},
//  headers{}, userAgent, rateLimit{requestsPerSecond}}. Unknown members are others' business.
// Errors: kInvalidArgument, naming the member.
Result<SourceSpec> parse_source_spec(SourceKind kind, const boost::json::object& spec);

}  // namespace layer::sources
