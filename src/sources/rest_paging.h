// The pages of an API: what a page holds, and where the next one is. Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "core/error.h"
#include "sources/source_spec.h"

namespace layer::sources {

inline constexpr std::uint64_t kPagesMax = 100'000;
inline constexpr std::size_t kPageBytesMax = std::size_t{64} << 20U;

// The list of a page's records, or null: there is none where `spec` says.
const boost::json::array* page_items(const boost::json::value& page, const RestSpec& spec);

// The address of the page after `page`, the `number`th from 0, which came from `url`; nullopt: that
// was the last. `link_header` is the answer's. Errors: kInvalidArgument, the next link leads to
// another host (it would get this one's headers) or back to this page.
Result<std::optional<std::string>> next_page(const std::string& url, const boost::json::value& page,
                                             std::string_view link_header, std::uint64_t number,
                                             const RestSpec& spec);

// The first page's address, with its number where pages are numbered.
std::string first_page(const RestSpec& spec);

// Of a Link header field, the address whose relation is next; empty: none.
std::string next_link(std::string_view link_header);

}  // namespace layer::sources
