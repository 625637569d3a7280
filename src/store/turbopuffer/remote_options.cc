#include "store/turbopuffer/remote_options.h"

#include <algorithm>

#include <fmt/format.h>

namespace layer::store {
namespace {

constexpr std::string_view kPlaceholder = "{region}";

// What a host label may hold: a region with a dot or a slash would name another host.
bool is_label(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace

Result<RetryPlain> parse_retry_plain(std::string_view text) {
  if (text == "off") {
    return RetryPlain::kOff;
  }
  if (text == "connect") {
    return RetryPlain::kConnect;
  }
  if (text == "all") {
    return RetryPlain::kAll;
  }
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("'{}' is no way to repeat plain reads: use off, connect or all", text));
}

Result<http::BaseUrl> resolve_url(const RemoteOptions& options) {
  std::string url = options.url;
  if (const std::size_t at = url.find(kPlaceholder); at != std::string::npos) {
    if (options.region.empty()) {
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("the URL '{}' of store '{}' needs a region: set one, or write the "
                              "URL without {{region}}",
                              options.url, options.name));
    }
    if (!is_label(options.region)) {
      return fail(
          ErrorCode::kInvalidArgument,
          fmt::format("'{}' is not a region: letters, digits and '-' make one", options.region));
    }
    url.replace(at, kPlaceholder.size(), options.region);
  }
  return http::parse_base_url(url);
}

}  // namespace layer::store
