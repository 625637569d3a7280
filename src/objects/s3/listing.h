// What a ListObjectsV2 answer says. Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "objects/object_store.h"

namespace layer::objects::s3 {

struct ListedPage {
  std::vector<ListedObject> objects;  // without those whose keys are none of ours
  std::string continuation;           // empty: this is the last page
};

// Errors: kIo (not a listing).
Result<ListedPage> parse_listing(std::string_view xml);

}  // namespace layer::objects::s3
