// The store's list of names (GET /v1/namespaces), read and filtered as bytes. Thread safety: pure
// functions.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace layer::features::namespaces {

struct ListedName {
  std::string name;
  std::size_t begin = 0;  // of its entry in the body
  std::size_t end = 0;
};

struct NamesPage {
  std::vector<ListedName> names;
  std::size_t array_begin = 0;  // of the list's brackets in the body
  std::size_t array_end = 0;
  std::string next_cursor;  // empty: the last page
};

// Errors: kUpstream when `body` is not such a list.
Result<NamesPage> parse_names(std::string_view body);

// `body` without the entries whose name `keep` refuses; all other bytes stay as they were. Errors:
// as parse_names(), so that a body nobody can read shows nothing.
Result<std::string> filter_names(std::string body,
                                 const std::function<bool(std::string_view)>& keep);

}  // namespace layer::features::namespaces
