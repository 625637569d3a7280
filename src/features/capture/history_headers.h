// Who asks, told by the request's headers (section 2.5 and rule HI4 of the contract). Thread
// safety: pure functions. Cost: one pass over the headers; no allocation without such headers.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "features/history/recorder.h"
#include "http/headers.h"

namespace layer::features::capture {

inline constexpr std::size_t kTagsMax = 32;
inline constexpr std::size_t kTagBytesMax = 128;
inline constexpr std::size_t kIdentityCharactersMax = 100;
inline constexpr std::size_t kRawQueryBytesMax = 8 * std::size_t{1024};

struct HistoryHeaders {
  history::Identity who{};  // without key_id; query_id is empty where none was given
  bool any = false;         // at least one of them was sent
  bool opted_out = false;   // x-hevlayer-no-history
  // What is wrong with a header; `who` lacks what it said. Empty: nothing.
  std::string faulty_header{};
  std::string fault{};
  bool faulty_tags = false;
};
HistoryHeaders read_history_headers(const http::Headers& headers);

// Trims, sorts and dedupes. Errors: kInvalidArgument: more than 32, longer than 128 bytes, or other
// characters than A-Z a-z 0-9 : _ - . / = +
Result<std::vector<std::string>> clean_tags(std::vector<std::string> tags);

// Whether `text` has at most `max` characters (code points) of UTF-8.
bool at_most_characters(std::string_view text, std::size_t max);

}  // namespace layer::features::capture
