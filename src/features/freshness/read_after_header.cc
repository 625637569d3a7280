// The request's half of read_after.h: what the headers say.
#include <charconv>

#include <fmt/format.h>

#include "core/text.h"
#include "features/freshness/read_after.h"

namespace layer::features::freshness {
namespace {

std::unexpected<Error> refuse_header(std::string_view header, std::string_view problem) {
  return std::unexpected(
      Error{.code = ErrorCode::kValidation,
            .message = fmt::format("{}: {}", header, problem),
            .fields = {{.name = "details",
                        .value = fmt::format(R"([{{"field":{},"problem":{}}}])",
                                             core::json_string(header), core::json_string(problem)),
                        .json = true}}});
}

Result<std::chrono::milliseconds> parse_timeout(std::string_view text) {
  std::uint32_t ms = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, failed] = std::from_chars(text.data(), end, ms);
  if (failed != std::errc{} || stopped != end || ms == 0 || ms > kReadTimeoutMax.count()) {
    return refuse_header(kReadTimeoutHeader, fmt::format("expected milliseconds from 1 to {}",
                                                         kReadTimeoutMax.count()));
  }
  return std::chrono::milliseconds(ms);
}

}  // namespace

Result<ReadAfter> parse_read_after(const http::Headers& headers, const core::Signer& signer,
                                   HybridClock& hlc, std::int64_t now_ms) {
  ReadAfter after;
  if (!headers.has(kReadAfterHeader)) {
    return after;
  }
  for (std::size_t i = 0; i < headers.size(); ++i) {
    auto [name, list] = headers[i];
    if (!core::equals_ignore_case(name, kReadAfterHeader)) {
      continue;
    }
    while (const auto element = http::next_list_element(list)) {
      const std::string_view text = http::trim(*element);
      if (text.empty()) {
        continue;
      }
      if (after.tokens.size() == kReadAfterTokensMax) {
        return refuse_header(kReadAfterHeader,
                             fmt::format("at most {} write tokens", kReadAfterTokensMax));
      }
      LAYER_ASSIGN(WriteToken token, open_write_token(text, signer, now_ms));
      LAYER_TRY(hlc.observe(token.stamp.ms));
      after.tokens.push_back(std::move(token));
    }
  }
  if (const auto timeout = headers.find(kReadTimeoutHeader)) {
    LAYER_ASSIGN(after.timeout, parse_timeout(http::trim(*timeout)));
  }
  return after;
}

}  // namespace layer::features::freshness
