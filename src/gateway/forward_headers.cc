#include "gateway/forward_headers.h"

#include "core/text.h"
#include "http/end_to_end.h"

namespace layer::gateway {
namespace {

using core::equals_ignore_case;

bool starts_with_ignore_case(std::string_view text, std::string_view prefix) {
  return equals_ignore_case(text.substr(0, prefix.size()), prefix);
}

// Fields that the next hop states anew. By length first: most fields end there.
bool stated_anew(std::string_view name) {
  switch (name.size()) {
    case 4:
      return equals_ignore_case(name, "host");
    case 6:
      return equals_ignore_case(name, "expect");
    case 11:
      return equals_ignore_case(name, "traceparent");
    case 13:
      return equals_ignore_case(name, "authorization");
    case 14:
      return equals_ignore_case(name, "content-length");
    case 15:
      return equals_ignore_case(name, "accept-encoding");
    default:
      return false;
  }
}

bool stays_here(std::string_view name) {
  const bool own =
      (name[0] == 'x' || name[0] == 'X') &&
      (starts_with_ignore_case(name, "x-layer-") || starts_with_ignore_case(name, "x-hevlayer-"));
  return own || stated_anew(name);
}

// "keep-alive" and "close" are the only options that clients send; they name no field of a request.
bool names_fields(const http::Headers& headers) {
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const auto [name, value] = headers[i];
    if (name.size() == 10 && equals_ignore_case(name, "connection") &&
        !equals_ignore_case(value, "keep-alive") && !equals_ignore_case(value, "close")) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::string restrict_accept_encoding(const http::Headers& headers) {
  std::string kept;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const auto [name, value] = headers[i];
    if (name.size() != 15 || !equals_ignore_case(name, "accept-encoding")) {
      continue;
    }
    std::string_view list = value;
    while (const auto element = http::next_list_element(list)) {
      const std::string_view coding = http::trim(element->substr(0, element->find(';')));
      if (equals_ignore_case(coding, "gzip") || equals_ignore_case(coding, "identity")) {
        kept += kept.empty() ? "" : ", ";
        kept += *element;
      }
    }
  }
  return kept.empty() ? "identity" : kept;
}

http::Headers forward_headers(const Exchange& exchange, bool decoded) {
  constexpr std::size_t kBytesGuess = 1024;
  const http::Headers& from = exchange.request.headers;
  const bool options = names_fields(from);
  http::Headers to;
  to.reserve(from.size() + 2, kBytesGuess);
  for (std::size_t i = 0; i < from.size(); ++i) {
    const auto [name, value] = from[i];
    const bool unwanted = name.empty() || stays_here(name) || http::hop_by_hop(name) ||
                          (options && from.has_token("connection", name)) ||
                          (decoded && equals_ignore_case(name, "content-encoding"));
    if (!unwanted) {
      to.add(name, value);
    }
  }
  to.add("accept-encoding", restrict_accept_encoding(from));
  to.add("traceparent", exchange.trace.traceparent());
  return to;
}

}  // namespace layer::gateway
