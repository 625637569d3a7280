#include "cli/parity_compare.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include <fmt/format.h>

#include "http/gzip.h"

namespace layer::cli {
namespace {

constexpr std::uint64_t kBodyBytesMax = 1ULL << 30U;
constexpr std::size_t kExcerptBytes = 160;
constexpr std::string_view kMasked = "*";

// Headers of the connection or of the moment, not of the answer.
constexpr std::array<std::string_view, 8> kConnectionHeaders{
    "connection", "keep-alive", "transfer-encoding", "te", "trailer", "content-length",
    "date",       "alt-svc"};
// What a gateway may add to a plain exchange, the complete list of rule T4.
constexpr std::array<std::string_view, 7> kAddedHeaders{
    "x-layer-served-by", "server-timing",       "traceparent",        "x-layer-stable-as-of",
    "x-layer-query-id",  "x-layer-write-token", "x-layer-deletion-id"};
// Headers that stores put on each answer anew: both must have them, with any value.
constexpr std::array<std::string_view, 6> kFreshHeaders{"x-request-id", "request-id",
                                                        "cf-ray",       "x-cloud-trace-context",
                                                        "age",          "x-turbopuffer-created-at"};
// Members whose values are times or temperatures of the moment, or tokens that hold a name.
constexpr std::array<std::string_view, 9> kFreshMembers{
    "server_total_ms", "query_execution_ms", "cache_temperature", "cache_hit_ratio",
    "created_at",      "updated_at",         "last_write_at",     "token",
    "next_cursor"};
// Members that count bytes, to which stamps add theirs.
constexpr std::array<std::string_view, 6> kSizeMembers{"billable_logical_bytes_queried",
                                                       "billable_logical_bytes_returned",
                                                       "billable_logical_bytes_written",
                                                       "approx_logical_bytes",
                                                       "unindexed_bytes",
                                                       "logical_bytes"};

template <std::size_t N>
bool in(const std::array<std::string_view, N>& list, std::string_view name) {
  return std::ranges::find(list, name) != list.end();
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return out;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// End of the JSON scalar that begins at `at`.
std::size_t scalar_end(std::string_view text, std::size_t at) {
  if (at < text.size() && text[at] == '"') {
    for (++at; at < text.size() && text[at] != '"'; ++at) {
      at += text[at] == '\\' ? 1 : 0;
    }
    return std::min(at + 1, text.size());
  }
  return std::min(text.find_first_of(",}] \n", at), text.size());
}

// Masks the scalar values of members called `name`. Works on the text, so that everything else of
// it stays as it came; an answer that is not JSON is simply not touched.
void mask_member(std::string& text, std::string_view name) {
  const std::string quoted = fmt::format("\"{}\":", name);
  for (std::size_t at = text.find(quoted); at != std::string::npos; at = text.find(quoted, at)) {
    at += quoted.size();
    while (at < text.size() && text[at] == ' ') {
      ++at;
    }
    if (at < text.size() && text[at] != '{' && text[at] != '[') {
      text.replace(at, scalar_end(text, at) - at, kMasked);
    }
  }
}

// Masks the digits after each `mark`.
void mask_digits(std::string& text, std::string_view mark) {
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
    at += mark.size();
    std::size_t end = at;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9') {
      ++end;
    }
    text.replace(at, end - at, kMasked);
  }
}

// Cuts the column of stamps out of an export, which lists whole rows column by column. Rows of
// answers and schemas hold no array under that name and stay as they are.
void cut_stamp_column(std::string& text) {
  constexpr std::string_view kColumn = "\"_hevlayer_upserted_at\":[";
  for (std::size_t at = text.find(kColumn); at != std::string::npos; at = text.find(kColumn, at)) {
    const std::size_t end = text.find(']', at);
    if (end == std::string::npos) {
      return;
    }
    const bool after_comma = at > 0 && text[at - 1] == ',';
    const bool before_comma = !after_comma && end + 1 < text.size() && text[end + 1] == ',';
    const std::size_t begin = at - (after_comma ? 1 : 0);
    text.erase(begin, end + 1 + (before_comma ? 1 : 0) - begin);
    at = begin;
  }
}

std::string comparable_headers(const http::Headers& headers, std::string_view stem) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const auto [given, text] = headers[i];
    const std::string name = lower(given);
    if (in(kConnectionHeaders, name) || in(kAddedHeaders, name)) {
      continue;
    }
    std::string value(in(kFreshHeaders, name) ? kMasked : text);
    replace_all(value, stem, "$");
    if (const std::size_t token = value.find("/operations/"); token != std::string::npos) {
      value.replace(token + std::strlen("/operations/"), std::string::npos, kMasked);
    }
    lines.push_back(name + ": " + value + "\n");
  }
  std::ranges::sort(lines);
  std::string out;
  for (const std::string& line : lines) {
    out += line;
  }
  return out;
}

// `text` around `at`, cut to whole UTF-8 characters.
std::string excerpt(const std::string& text, std::size_t at) {
  const auto inside = [&](std::size_t i) {
    return i < text.size() && (static_cast<unsigned char>(text[i]) & 0xC0U) == 0x80U;
  };
  std::size_t begin = at > kExcerptBytes / 2 ? at - kExcerptBytes / 2 : 0;
  std::size_t end = std::min(begin + kExcerptBytes, text.size());
  while (begin > 0 && inside(begin)) {
    --begin;
  }
  while (inside(end)) {
    ++end;
  }
  return (begin > 0 ? "…" : "") + text.substr(begin, end - begin) + (end < text.size() ? "…" : "");
}

std::optional<AnswerDifference> text_difference(std::string_view what, const std::string& store,
                                                const std::string& gateway) {
  if (store == gateway) {
    return std::nullopt;
  }
  const auto [left, right] = std::ranges::mismatch(store, gateway);
  const auto at = static_cast<std::size_t>(left - store.begin());
  return AnswerDifference{std::string(what), excerpt(store, at), excerpt(gateway, at)};
}

}  // namespace

ComparedAnswer comparable(const ProbeAnswer& answer, std::string_view stem) {
  ComparedAnswer out{answer.status, comparable_headers(answer.headers, stem), answer.body};
  if (answer.headers.has_token("content-encoding", "gzip")) {
    if (auto text = http::gunzip(answer.body, kBodyBytesMax)) {
      out.body = std::move(*text);
    }
  }
  replace_all(out.body, stem, "$");
  for (const std::string_view name : kFreshMembers) {
    mask_member(out.body, name);
  }
  return out;
}

ComparedAnswer without_stamps(ComparedAnswer answer) {
  for (const std::string_view name : kSizeMembers) {
    mask_member(answer.body, name);
  }
  mask_digits(answer.body, " column ");
  cut_stamp_column(answer.body);
  return answer;
}

std::optional<AnswerDifference> difference(const ComparedAnswer& store,
                                           const ComparedAnswer& gateway) {
  if (store.status != gateway.status) {
    return AnswerDifference{"status", fmt::format("{} {}", store.status, excerpt(store.body, 0)),
                            fmt::format("{} {}", gateway.status, excerpt(gateway.body, 0))};
  }
  if (auto found = text_difference("headers", store.headers, gateway.headers)) {
    return found;
  }
  return text_difference("body", store.body, gateway.body);
}

}  // namespace layer::cli
