#include "sources/rest_paging.h"

#include <fmt/format.h>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>

#include "sources/records.h"

namespace layer::sources {
namespace {

std::string with_parameter(const std::string& address, const std::string& name,
                           const std::string& value) {
  boost::urls::url url(*boost::urls::parse_uri(address));
  url.params().set(name, value);
  return std::string(url.buffer());
}

std::unexpected<Error> wrong(std::string message) {
  return fail(ErrorCode::kInvalidArgument, std::move(message));
}

Result<std::optional<std::string>> follow(const std::string& from, const std::string& link) {
  const auto base = boost::urls::parse_uri(from);
  const auto reference = boost::urls::parse_uri_reference(link);
  boost::urls::url next;
  if (!base || !reference || !boost::urls::resolve(*base, *reference, next)) {
    return wrong(fmt::format("the next link '{}' is no address", link));
  }
  next.remove_fragment();
  if (next.scheme() != base->scheme() ||
      next.encoded_host_and_port() != base->encoded_host_and_port()) {
    return wrong(fmt::format("the next link '{}' leads to another host", link));
  }
  return std::optional(std::string(next.buffer()));
}

}  // namespace

const boost::json::array* page_items(const boost::json::value& page, const RestSpec& spec) {
  const auto* at = find_path(page, spec.items);
  return at == nullptr ? nullptr : at->if_array();
}

std::string next_link(std::string_view header) {
  while (!header.empty()) {
    const std::size_t open = header.find('<');
    const std::size_t close = header.find('>', open == std::string_view::npos ? 0 : open);
    if (open == std::string_view::npos || close == std::string_view::npos) {
      return {};
    }
    const std::size_t end = std::min(header.find(",", close), header.size());
    const std::string_view relation = header.substr(close, end - close);
    if (relation.find("rel=\"next\"") != std::string_view::npos ||
        relation.find("rel=next") != std::string_view::npos) {
      return std::string(header.substr(open + 1, close - open - 1));
    }
    header.remove_prefix(end);
  }
  return {};
}

std::string first_page(const RestSpec& spec) {
  return spec.paging.kind == Paging::Kind::kPageNumber
             ? with_parameter(spec.url, spec.paging.parameter,
                              std::to_string(spec.paging.first_page))
             : spec.url;
}

Result<std::optional<std::string>> next_page(const std::string& url, const boost::json::value& page,
                                             std::string_view link_header, std::uint64_t number,
                                             const RestSpec& spec) {
  const auto* items = page_items(page, spec);
  std::optional<std::string> next;
  const auto* at = spec.paging.at.empty() ? nullptr : find_path(page, spec.paging.at);
  const std::string found = at == nullptr ? std::string() : text_of(*at);
  switch (spec.paging.kind) {
    case Paging::Kind::kNone:
      return next;
    case Paging::Kind::kNextLink:
    case Paging::Kind::kLinkHeader: {
      const std::string link =
          spec.paging.kind == Paging::Kind::kNextLink ? found : next_link(link_header);
      if (!link.empty()) {
        LAYER_ASSIGN(next, follow(url, link));
      }
      break;
    }
    case Paging::Kind::kCursor:
      if (!found.empty()) {
        next = with_parameter(spec.url, spec.paging.parameter, found);
      }
      break;
    case Paging::Kind::kPageNumber:
      if (items != nullptr && !items->empty()) {
        next = with_parameter(spec.url, spec.paging.parameter,
                              std::to_string(spec.paging.first_page + number + 1));
      }
      break;
  }
  if (next == url) {
    return wrong(fmt::format("the page after {} is itself", url));
  }
  return next;
}

}  // namespace layer::sources
