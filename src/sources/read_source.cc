#include "sources/read_source.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include "sources/feed.h"
#include "sources/fetch.h"
#include "sources/files.h"
#include "sources/rest_paging.h"

namespace layer::sources {
namespace {

FetchOptions fetch_options(const SourceSpec& spec, std::size_t bytes_max) {
  FetchOptions options{.bytes_max = bytes_max};
  options.headers.add("user-agent", spec.user_agent);
  for (const auto& [name, value] : spec.rest.headers) {
    options.headers.add(name, value);
  }
  if (spec.requests_per_second > 0) {
    options.pause = milliseconds(static_cast<std::int64_t>(1000 / spec.requests_per_second));
  }
  return options;
}

bool read_feed(const SourceSpec& spec, const std::string& url, const Wait& wait, const Sink& sink) {
  const auto fetched = fetch(url, fetch_options(spec, kFeedBytesMax), wait);
  if (!fetched) {
    return fetched.error().code != ErrorCode::kCancelled &&
           sink(fail(fetched.error().code, fmt::format("{}: {}", url, fetched.error().message)));
  }
  auto items = parse_feed(fetched->body);
  if (!items) {
    return sink(fail(items.error().code, fmt::format("{}: {}", url, items.error().message)));
  }
  for (Record& item : *items) {
    item["feed"] = url;
    if (!sink(std::move(item))) {
      return false;
    }
  }
  return true;
}

// One page to the sink, and where the next is.
Result<std::optional<std::string>> read_page(const SourceSpec& spec, const std::string& url,
                                             std::uint64_t number, const Wait& wait,
                                             const Sink& sink) {
  auto options = fetch_options(spec, kPageBytesMax);
  options.headers.add("accept", "application/json");
  LAYER_ASSIGN(const Fetched fetched, fetch(url, options, wait));
  boost::system::error_code ec;
  const auto page = boost::json::parse(fetched.body, ec);
  const auto* items = ec ? nullptr : page_items(page, spec.rest);
  if (items == nullptr) {
    return fail(ErrorCode::kUpstream,
                fmt::format("{}: {}", url, ec ? "is no JSON" : "has no list of items"));
  }
  for (const auto& item : *items) {
    const bool more = item.is_object()
                          ? sink(item.as_object())
                          : sink(fail(ErrorCode::kUpstream, url + ": an item is no object"));
    if (!more) {
      return std::optional<std::string>();
    }
  }
  return next_page(url, page, fetched.link_header, number, spec.rest);
}

void read_pages(const SourceSpec& spec, const Wait& wait, const Sink& sink) {
  std::string url = first_page(spec.rest);
  for (std::uint64_t number = 0; number < kPagesMax; ++number) {
    const auto next = read_page(spec, url, number, wait, sink);
    if (!next) {
      if (next.error().code != ErrorCode::kCancelled) {
        sink(std::unexpected(next.error()));
      }
      return;
    }
    if (!*next) {
      return;
    }
    url = **next;
  }
  sink(fail(ErrorCode::kUpstream, fmt::format("{}: more than {} pages", spec.rest.url, kPagesMax)));
}

}  // namespace

Result<void> read_source(const SourceSpec& spec, const Wait& wait, const Sink& sink) {
  switch (spec.kind) {
    case SourceKind::kDirectory:
      return read_directory(spec.path, sink);
    case SourceKind::kLines:
      return read_json_lines(spec.path, sink);
    case SourceKind::kFeeds:
      for (const std::string& feed : spec.feeds) {
        if (!read_feed(spec, feed, wait, sink)) {
          break;
        }
      }
      return {};
    case SourceKind::kRest:
      read_pages(spec, wait, sink);
      return {};
  }
  return {};
}

}  // namespace layer::sources
