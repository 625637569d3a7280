// Any bytes as a feed: records whose text is UTF-8, or a refusal; never more than there may be.
#include <cstdlib>

#include <boost/json.hpp>

#include "sources/feed.h"
#include "testing/fuzz.h"

LAYER_FUZZ_TARGET(feed_fuzz) {
  const auto items =
      layer::sources::parse_feed(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!items) {
    return;
  }
  if (items->size() > layer::sources::kFeedItemsMax) {
    std::abort();
  }
  for (const auto& item : *items) {
    boost::system::error_code ec;
    boost::json::parse(boost::json::serialize(item), ec);
    if (ec) {
      std::abort();
    }
  }
}
