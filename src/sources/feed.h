// A feed's text, RSS 2.0 or Atom, as records. Nothing it names is loaded, and one that declares
// entities is refused. Thread safety: pure function. Cost: linear in the text; memory bounded by
// it.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "sources/records.h"

namespace layer::sources {

inline constexpr std::size_t kFeedBytesMax = std::size_t{20} << 20U;
inline constexpr std::size_t kFeedItemsMax = 10'000;  // those after are left out
inline constexpr std::size_t kFeedDepthMax = 256;     // of elements

// {id, title, link, published, updated, author, categories[], summary, content (as they came),
// text}: what an item has of them. id is the guid or id, else the link; text is the content's, else
// the summary's plain text, below the title. Errors: kInvalidArgument, with the line.
Result<std::vector<Record>> parse_feed(std::string_view xml);

}  // namespace layer::sources
