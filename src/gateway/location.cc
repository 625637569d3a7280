#include "gateway/location.h"

#include "core/text.h"

namespace layer::gateway {
namespace {

std::string_view caller_scheme(const http::Headers& request, bool tls) {
  if (const auto forwarded = request.find("x-forwarded-proto")) {
    std::string_view list = *forwarded;
    const auto first = http::next_list_element(list);
    for (const std::string_view scheme : {"https", "http"}) {
      if (first && core::equals_ignore_case(*first, scheme)) {
        return scheme;
      }
    }
  }
  return tls ? "https" : "http";
}

}  // namespace

std::optional<std::string> caller_location(std::string_view location, std::string_view store_origin,
                                           const http::Headers& request, bool tls) {
  const std::size_t size = store_origin.size();
  if (store_origin.empty() || !core::equals_ignore_case(location.substr(0, size), store_origin)) {
    return std::nullopt;
  }
  const std::string_view rest = location.substr(size);
  if (!rest.empty() && rest.front() != '/' && rest.front() != '?' && rest.front() != '#') {
    return std::nullopt;  // another host or port that only begins like the store's
  }
  std::string moved;
  if (const auto host = request.find("host")) {
    moved += caller_scheme(request, tls);
    moved += "://";
    moved += *host;
  }
  moved += rest.empty() ? "/" : rest;
  return moved;
}

}  // namespace layer::gateway
