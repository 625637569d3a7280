// Any bytes as a cursor, as what a cursor was made from, and as a query body: nothing crashes, what
// is accepted can be sealed again, and a filter of a page is JSON.
#include <cstdlib>
#include <string>

#include "features/search/cursor.h"
#include "features/search/keyset.h"
#include "features/search/layer_query.h"
#include "testing/fuzz.h"

namespace layer::features::search {
namespace {

void expect(bool holds) {
  if (!holds) {
    std::abort();
  }
}

void open(std::string_view text) {
  static const core::Signer kSigner = *core::Signer::make({"0123456789abcdef"});
  // As it is, and as a payload that was truly signed here.
  for (const std::string& sealed :
       {std::string(text),
        kSigner.seal("cursor1.query.", std::string("\x01") + std::string(text))}) {
    const auto cursor = open_cursor(sealed, "", "", 0, kSigner);
    if (cursor) {
      expect(sealed.size() <= kCursorBytesMax);
      expect(seal_cursor(*cursor, kSigner).has_value());
    }
  }
}

}  // namespace

LAYER_FUZZ_TARGET(search_cursor_fuzz) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  open(text);
  expect(fingerprint_of(text).size() == 32);
  const auto query = read_layer_query(text);
  if (!query) {
    return;
  }
  expect(query->top_k >= 1 && query->top_k <= kRowsMax);
  const auto clauses = paged_order(legs::rank_order_of(query->rank_by));
  expect(!clauses.empty() && clauses.back().attribute == "id");
  expect(!filter_after(clauses, position_of(clauses, text)).empty());
}

}  // namespace layer::features::search
